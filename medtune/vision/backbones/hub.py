"""Published files of weights: from this disk where they are on it, else from the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from medtune.errors import WeightsError


class NotFetchedError(Exception):
    """A file that is not on this disk, and cannot be had from the network.

    Args:
        source: where it comes from, in words, with what is known of its SHA-256.
        cause: the error behind it.
    """

    def __init__(self, source: str, cause: Exception) -> None:
        self.source, self.cause = source, cause
        super().__init__(f"{source} ({self.why})")

    @property
    def why(self) -> str:
        """What went wrong, in a word or two."""
        name = type(self.cause).__name__
        reached = not isinstance(self.cause, OSError) or isinstance(self.cause, PermissionError)
        return name if reached else f"no answer from the network, {name}"


@contextmanager
def explained(backbone: str) -> Iterator[None]:
    """Turn a file that cannot be had into words about what to do.

    Args:
        backbone: whose weights they are.

    Raises:
        WeightsError: says which file is missing, where it comes from, and where to put it.
    """
    try:
        yield
    except NotFetchedError as error:
        place = backbone.replace("/", "-").replace(":", "-")
        raise WeightsError(
            f"The pretrained weights of {backbone} are not on this disk, and cannot be fetched "
            f"({error.why}).\n  source: {error.source}\n"
            f"  where to put it: weights/{place}.safetensors (or .pth) beside the run file, and "
            "write that path as 'model.weights'.\n"
            f"Where there is internet, 'medtune weights fetch {backbone} --out weights' writes it "
            "with its SHA-256; carry it here, and 'medtune weights verify weights' compares."
        ) from error


def from_hugging_face(repository: str, names: Sequence[str]) -> Path:
    """A file of a repository on the Hugging Face hub, without any call where it is in the cache.

    Args:
        repository: ORG/NAME, with @REVISION where another than the newest is meant.
        names: of the file; the first that there is.

    Raises:
        NotFetchedError: it is not on this disk, and cannot be fetched.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
    from huggingface_hub.utils import logging

    identifier, _, revision = repository.partition("@")
    source = (
        f"file {' or '.join(names)} of the repository {repository} on the Hugging Face hub; "
        "SHA-256: listed beside the file there"
    )

    for name in names:
        # hf_hub_download asks its hub for a list of agents first, even of files that are here
        found = try_to_load_from_cache(identifier, name, revision=revision or None)
        if isinstance(found, str):
            return Path(found)
    missed: Exception = FileNotFoundError()
    logging.set_verbosity_error()  # its own words about every attempt are not for a user
    for name in names:
        try:
            return Path(hf_hub_download(identifier, name, revision=revision or None))
        except LocalEntryNotFoundError as error:
            raise NotFetchedError(source, error) from error
        except EntryNotFoundError as error:
            missed = error
        except Exception as error:  # a hub client has errors of many libraries
            raise NotFetchedError(source, error) from error
    raise NotFetchedError(source, missed) from missed


def from_link(link: str, folder: Path | None = None) -> Path:
    """A file behind a plain link, without any call where it was fetched before.

    Args:
        link: where it is. Where its name ends in eight digits, they begin its SHA-256 and are
            compared (PyTorch's rule).
        folder: where such files are kept; PyTorch's own by default.

    Raises:
        NotFetchedError: it is not on this disk, and cannot be fetched or is another file.
    """
    import torch

    place = (folder or Path(torch.hub.get_dir()) / "checkpoints") / Path(link).name
    if place.is_file():
        return place
    digits = hash_in(link)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(link, str(place), digits or None, progress=False)
    except Exception as error:  # of the network, of the disk, or another file than was promised
        known = f"starts with {digits}" if digits else "not published"
        raise NotFetchedError(f"{link}; SHA-256: {known}", error) from error
    return place


def hash_in(link: str) -> str:
    """The first eight digits of a file's SHA-256, where its name ends in them."""
    digits = Path(link).stem.rpartition("-")[2]
    is_hash = len(digits) == 8 and all(digit in "0123456789abcdef" for digit in digits)
    return digits if is_hash else ""
