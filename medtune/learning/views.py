"""Several views of one case made into one row of features; missing ones leave no trace."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

How = Literal["mean", "max", "attention"]
HIDDEN = 64  # width in which attention weighs a view


class ViewPool(nn.Module):
    """Features of a case's views (B, V, D) and which of them are there (B, V), to (B, D).

    The order of the views does not matter, nor does what stands in the place of a missing one.

    * mean: what all views say together, with as many of them as there are (HeMIS's first moment,
      Havaei et al. 2016, arXiv 1607.05194; Hashir et al. 2020, arXiv 2002.02582, compare it on
      frontal and lateral chest films).
    * max: the view that shows a feature most decides on it (MVCNN, Su et al. 2015, arXiv
      1505.00880).
    * attention: a weighted mean, the weights learnt from the views themselves (gated attention,
      Ilse et al. 2018, arXiv 1802.04712, equation 9). It begins as the mean.

    A function of a set is all of this kind (Deep Sets, Zaheer et al. 2017, arXiv 1703.06114).

    Args:
        how: mean, max or attention.
        width: D.
    """

    def __init__(self, how: How, width: int) -> None:
        super().__init__()
        self.how = how
        if how == "attention":
            self.content = nn.Linear(width, HIDDEN)
            self.gate = nn.Linear(width, HIDDEN)
            self.weigh = nn.Linear(HIDDEN, 1, bias=False)
            nn.init.zeros_(self.weigh.weight)

    def forward(self, views: Tensor, there: Tensor) -> Tensor:
        """(B, V, D) and bool (B, V), of which each row has one that is true, to (B, D)."""
        inside = there.unsqueeze(-1)
        views = torch.where(inside, views, views.new_zeros(()))
        if self.how == "max":
            return views.masked_fill(~inside, -torch.inf).amax(dim=1)
        if self.how == "mean":
            return views.sum(dim=1) / inside.sum(dim=1)
        weights = self.weigh(self.content(views).tanh() * self.gate(views).sigmoid())
        return (weights.masked_fill(~inside, -torch.inf).softmax(dim=1) * views).sum(dim=1)


def over_views(backbone: nn.Module, pool: ViewPool, inputs: Tensor, there: Tensor) -> Tensor:
    """Features of cases: the views that are there through the backbone, then pooled.

    Missing views are not computed at all, so that neither they nor how many there are reaches
    BatchNorm.

    Args:
        backbone: from (K, 1, ...) to (K, D).
        pool: from (B, V, D) to (B, D).
        inputs: (B, V, ...).
        there: bool (B, V).
    """
    found = backbone(inputs[there].unsqueeze(1))
    views = found.new_zeros((*there.shape, found.shape[-1]))
    views[there] = found
    pooled: Tensor = pool(views, there)
    return pooled
