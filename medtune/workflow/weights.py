"""``medtune weights``: the shelf, fetched where there is internet, shown and verified anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medtune.config.model import DOORS, WEIGHTS_ENDINGS
from medtune.errors import InputError, WeightsError
from medtune.vision.catalogue import Entry, catalogue, entry

if TYPE_CHECKING:
    from medtune.vision.card import Card

LIST = "SHA256SUMS"  # as sha256sum writes and checks it


@dataclass(frozen=True)
class Fetched:
    """A file of weights that was written.

    Attributes:
        path: of the file.
        sha256: of its bytes; it stands in SHA256SUMS beside it.
        backbone: what it is for.
        use: what its licence allows, or unknown.
        licence: its licence, or unknown.
    """

    path: Path
    sha256: str
    backbone: str
    use: str
    licence: str


@dataclass(frozen=True)
class Verified:
    """Files that were compared with SHA256SUMS, and those that are as it says."""

    files: tuple[str, ...]


def weights_list() -> list[Entry]:
    """The shelf: name, backbone, licence and what it allows, input size, parameters."""
    return catalogue()


def weights_fetch(name: str, out: Path | str) -> Fetched:
    """Fetch published weights and write them as safetensors, with their SHA-256 beside them.

    What is in the cache of this disk is not fetched again. The file appears whole or not at all.

    Args:
        name: of the shelf, or a backbone as in run files (timm/NAME, torchvision/NAME ...).
        out: folder; made where it is not there.

    Raises:
        InputError: no such weights.
        WeightsError: they cannot be fetched, or not by a program.
    """
    found = entry(name)
    if found is not None and not found.fetch:
        raise WeightsError(f"{name} cannot be fetched by a program: {found.how}.")
    backbone = name if found is None or found.backbone is None else found.backbone
    place = Path(out) / f"{found.name if found else backbone.replace('/', '-')}.safetensors"
    place = place.with_name(place.name.replace(":", "-"))

    from medtune.learning.weights import sha256_of
    from medtune.tables.schema import write_whole
    from medtune.vision.backbones import fetch
    from medtune.vision.backbones.files import write_published
    from medtune.vision.backbones.hub import NotFetchedError
    from medtune.vision.licences import UNKNOWN, of_backbone, of_entry

    door, _, rest = backbone.partition("/")
    if door not in DOORS or not rest:
        written = ", ".join(f"{known}/NAME" for known in DOORS)
        raise InputError(f"'{name}' is no backbone: they are {written}.")
    try:
        published = fetch(backbone)
    except NotFetchedError as error:
        raise WeightsError(
            f"The weights of {backbone} cannot be fetched from {error.source.partition(';')[0]} "
            f"({error.why}). Nothing was written."
        ) from error
    facts = {"backbone": backbone, "weights": backbone.partition("/")[2]}
    origin = of_backbone(backbone) if found is None else of_entry(found)
    if origin.licence != UNKNOWN:
        facts |= {"licence": origin.licence, "use": origin.use}
    write_whole(place, lambda partial: write_published(published, partial, facts))
    digest = sha256_of(place)
    _remember(place, digest)
    return Fetched(place, digest, backbone, origin.use, origin.licence)


def weights_show(path: Path | str) -> Card:
    """What a file of trained weights says of itself.

    Args:
        path: a finished run's folder, or its file of weights.

    Raises:
        WeightsError: there is none, or it is not one of medtune's.
    """
    from medtune.vision.card import card_of

    return card_of(Path(path))


def card_lines(card: Card) -> list[str]:
    """A card for a person: what it was taught with, and what may be done with it."""
    taught = "not known" if card.taught_with is None else card.taught_with.words
    of = (
        "films"
        if card.views == "each"
        else f"studies, up to {card.most_views} films ({card.views})"
    )
    lines = [
        f"Model: {card.name} ({card.site}), {card.backbone}; {', '.join(card.learned)}",
        f"Scores: {of}",
        f"Taught with: {taught}",
        f"Starting weights: {card.origin.words}",
    ]
    if card.origin.warning is not None:
        lines.append(f"WARNING: {card.origin.warning}")
    return lines


def weights_verify(path: Path | str) -> Verified:
    """Compare files of weights with the SHA-256 that they had when they were fetched.

    Args:
        path: a folder with SHA256SUMS, of which all files are compared and no other file of
            weights may be there; or one file beside it.

    Raises:
        WeightsError: names the files that differ, are missing, or are not in the list.
    """
    from medtune.learning.weights import sha256_of

    path = Path(path)
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        raise WeightsError(f"There is no {path.name}.")
    known = _known(folder)
    if path.is_dir():
        there = {one.name for one in folder.iterdir() if one.suffix in WEIGHTS_ENDINGS}
        asked = sorted(set(known) | there)
    else:
        asked = [path.name]
    said = []
    for name in asked:
        if name not in known:
            said.append(f"{name}: is not in {LIST}")
        elif not (folder / name).is_file():
            said.append(f"{name}: is missing")
        elif sha256_of(folder / name) != known[name]:
            said.append(f"{name}: differs from {LIST}")
    if said:
        fine = len(asked) - len(said)
        raise WeightsError("\n".join([*said, f"{fine} of {len(asked)} files are as they were."]))
    return Verified(tuple(asked))


def _known(folder: Path) -> dict[str, str]:
    """File name to SHA-256.

    Raises:
        WeightsError: there is no list, or a line of it is none.
    """
    place = folder / LIST
    if not place.is_file():
        raise WeightsError(
            f"There is no {LIST} beside the weights, so nothing says what they should be. "
            f"'medtune weights fetch' writes one; so does: sha256sum *.safetensors > {LIST}"
        )
    known = {}
    for number, line in enumerate(place.read_text(encoding="utf-8").splitlines(), start=1):
        digest, _, name = line.partition(" ")
        name = name.lstrip(" *")
        if not line.strip():
            continue
        if len(digest) != 64 or not set(digest.lower()) <= set("0123456789abcdef") or not name:
            raise WeightsError(f"{LIST}, line {number}: is no SHA-256 and a file's name.")
        known[name] = digest.lower()
    return known


def _remember(place: Path, digest: str) -> None:
    """Put a file into the list beside it, in place of what was said of it before."""
    from medtune.tables.schema import write_text

    known = _known(place.parent) if (place.parent / LIST).is_file() else {}
    known[place.name] = digest
    lines = [f"{value}  {name}\n" for name, value in sorted(known.items())]
    write_text("".join(lines), place.parent / LIST)
