"""What is learnt of conversations: to say the assistant's answers, token by token."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from medtune.learning.batches import in_order
from medtune.learning.hardware import Hardware, tensor_float
from medtune.learning.task import Batch, Monitor, Network
from medtune.text.backbones import Speaker, Words
from medtune.text.samples import NOT_JUDGED
from medtune.text.talk_rows import BYTES, TOKENS, TalkRows

BITS_PER_BYTE = Monitor("bits_per_byte", "bits per byte", "min")


class Teller(Network):
    """A language model as a network: rows of tokens to the log-likelihood of their answers.

    Its head came with the weights. Only the tokens that are learnt go through it: a vocabulary is
    wide, and most tokens are the customer's.

    Args:
        speaker: the language model.
    """

    head: nn.Module  # type: ignore[assignment]
    head_is_new = False

    def __init__(self, speaker: Speaker) -> None:
        nn.Module.__init__(self)
        self._speaker = [speaker]  # in a list: the same layers once more are not saved
        self.pool = None
        self.backbone: Words = speaker.backbone
        self.head = speaker.head

    @property
    def speaker(self) -> Speaker:
        """The same layers as a language model."""
        return self._speaker[0]

    def forward(self, inputs: Tensor, there: Tensor | None = None) -> Tensor:
        """Log-likelihoods (B, 1), natural, float32.

        Args:
            inputs: int64 (B, T).
            there: int64 (B, 2, T), the token after each (``NOT_JUDGED`` where it does not count)
                and each one's position in its conversation.
        """
        assert there is not None
        after = there[:, 0]
        counts = after != NOT_JUDGED
        logits = self.head(self.features(inputs, there)[counts])
        said = -nn.functional.cross_entropy(logits.float(), after[counts], reduction="none")
        rows = said.new_zeros(after.shape)
        rows[counts] = said
        return rows.sum(dim=1, keepdim=True)

    def features(self, inputs: Tensor, there: Tensor | None = None) -> Tensor:
        """Features (B, T, width) of every token."""
        features: Tensor = self.backbone(inputs, None if there is None else there[:, 1])
        return features

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Those of the last layer; none where they are the embeddings'."""
        yield from self.head.parameters()


class Answers:
    """The assistant's answers are learnt: the loss is summed over their tokens, and counts them."""

    @property
    def monitor(self) -> Monitor:
        """Bits per byte of the tune split's answers: it is comparable across tokenizers."""
        return BITS_PER_BYTE

    def loss(self, logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Negative log-likelihood over all tokens that are learnt, and how many there are."""
        known = batch.known.to(logits.dtype)
        return -(logits * known).sum(), (batch.targets[:, [TOKENS]] * known).sum()

    def scores(self, logits: Tensor) -> Tensor:
        """The log-likelihoods as they are."""
        return logits

    def judged(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> float:
        """Bits per byte of all rows together."""
        counts = known[:, 0]
        total = targets[counts, BYTES].sum()
        return float(-scores[counts].sum() / math.log(2) / total) if total else math.nan

    def each(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> dict[str, float]:
        """There is one target only."""
        return {}


def likelihoods(
    network: Network, samples: TalkRows, hardware: Hardware, at_once: int = 16
) -> NDArray[np.float64]:
    """Log-likelihoods (N,) of all rows in order, natural, always in float32 arithmetic."""
    found = np.zeros(len(samples))
    if len(samples) == 0:
        return found
    network = network.to(hardware.device).eval()
    order = samples.shortest_first
    with torch.inference_mode(), tensor_float(False):
        said = [
            network(*batch.to(hardware.device).seen).cpu()
            for batch in in_order(samples.in_order(order), at_once)
        ]
    found[order] = torch.cat(said)[:, 0].numpy()
    return found
