"""Where starting weights come from, and what their licence allows; both stay with the model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from medtune.config.model import Model
from medtune.learning.weights import read_metadata
from medtune.vision.backbones import licence_of, tagged
from medtune.vision.catalogue import USES, Entry, Use, catalogue

UNKNOWN = "unknown"
RESTRICTED: tuple[Use, ...] = ("research only", "non-commercial")
# what licences that timm and the hub name by these words allow; any other one: unknown
ALLOWS: MappingProxyType[str, Use] = MappingProxyType(
    {
        "apache-2.0": "clinical use",
        "mit": "clinical use",
        "bsd-3-clause": "clinical use",
        "cc-by-4.0": "clinical use",
        "cc-by-nc-4.0": "non-commercial",
        "fair-noncommercial-research-license": "non-commercial",
        "apple-amlr": "research only",
        "dinov3-license": "research only",
    }
)


@dataclass(frozen=True)
class Origin:
    """Where weights come from, and what may be done with them and all that is made of them.

    Attributes:
        weights: their name on the shelf, else their backbone or the name of their file.
        licence: as their publisher states it; unknown where nobody says.
        use: clinical use (the licence does not forbid it), research only, non-commercial, unknown.
        through: names of the runs that have taught them since, the first one first.
    """

    weights: str
    licence: str = UNKNOWN
    use: str = UNKNOWN
    through: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """For a person, in one line."""
        taught = f", then taught by {', '.join(self.through)}" if self.through else ""
        return f"{self.weights}{taught}; licence {self.licence} ({self.use})"

    @property
    def warning(self) -> str | None:
        """What has to be minded; None where the licence does not limit the use."""
        if self.use not in RESTRICTED:
            return None
        return (
            f"The starting weights {self.weights} are for {_for(self.use)} ({self.licence}), and "
            "so is every model made of them."
        )


NOTHING_KNOWN = Origin(UNKNOWN)
RANDOM = Origin("random weights", "none is needed", "clinical use")


def published(model: Model) -> Origin:
    """The origin of a run's starting weights, where they are no run's.

    The hub's weights are looked up on the shelf, then with timm; of a file or folder counts what
    it says of itself, as ``medtune weights fetch`` and timm write it. A name alone proves nothing.

    Args:
        model: the run's model section.
    """
    if model.weights == "none":
        return RANDOM
    if model.weights == "pretrained":
        return of_backbone(model.backbone)
    path = Path(model.weights)
    if path.is_dir():
        return _stated(path.name, _licence_in(path / "config.json"))
    said = read_metadata(path)
    name = said.get("weights", path.name)
    if "use" in said:
        use = said["use"] if said["use"] in USES else UNKNOWN
        return Origin(name, said.get("licence", UNKNOWN), use)
    return _stated(name, said.get("licence"))


def of_backbone(backbone: str) -> Origin:
    """The origin of the weights that a backbone's name means, as in a run's model section."""
    whole = tagged(backbone)
    for one in catalogue():
        if one.fetch and one.backbone in (backbone, whole):
            return of_entry(one)
    return _stated(whole, licence_of(backbone))


def of_entry(one: Entry) -> Origin:
    """The origin of weights on the shelf."""
    return Origin(one.name, one.licence, one.use)


def _stated(name: str, licence: str | None) -> Origin:
    if licence is None:
        return Origin(name)
    return Origin(name, licence, ALLOWS.get(licence.lower(), UNKNOWN))


def _licence_in(config: Path) -> str | None:
    """What timm's config.json says of the licence."""
    try:
        said = json.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    licence = said.get("pretrained_cfg", said).get("license") if isinstance(said, dict) else None
    return licence if isinstance(licence, str) and licence != UNKNOWN else None


def _for(use: str) -> str:
    return "research only" if use == "research only" else "non-commercial use only"
