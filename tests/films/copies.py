"""What is done to films on their way into another data set."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from medtune.phantom import NORTH, Hospital
from medtune.phantom.films import stored_values
from medtune.phantom.roster import studies_of

Film = NDArray[np.float32]


def phantoms(
    patients: int, size: int = 160, hospital: Hospital = NORTH, seed: int = 21
) -> list[Film]:
    """One film a simulated patient, white = dense."""
    machine = hospital.equipment
    low, high = machine.window
    films = []
    for number in range(1, patients + 1):
        study = studies_of(hospital, seed, number)[0]
        stored, _ = stored_values(hospital, seed, study, 1, size)
        film = stored.astype(np.float32) / (2**machine.bits - 1)
        film = 1 - film if machine.polarity == "MONOCHROME1" else film
        films.append(np.clip((film - low) / (high - low), 0, 1).astype(np.float32))
    return films


def resized(film: Film, longer: int) -> Film:
    """Area-averaged, as the store does it."""
    scale = longer / max(film.shape)
    size = (max(1, round(film.shape[1] * scale)), max(1, round(film.shape[0] * scale)))
    return np.asarray(cv2.resize(film, size, interpolation=cv2.INTER_AREA), np.float32)


def jpeg(film: Film, quality: int = 50) -> Film:
    """Exported in 8 bits and compressed."""
    grey = np.rint(film * 255).astype(np.uint8)
    _, code = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(code, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def jpeg_2000(film: Film) -> Film:
    """Exported in 8 bits and compressed, a tenth of the size."""
    grey = np.rint(film * 255).astype(np.uint8)
    _, code = cv2.imencode(".jp2", grey, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 100])
    return cv2.imdecode(code, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def windowed(film: Film) -> Film:
    """A narrower window."""
    low, high = np.quantile(film, (0.1, 0.9))
    return np.clip((film - low) / (high - low), 0, 1)


def equalised(film: Film) -> Film:
    """Histogram equalisation."""
    return cv2.equalizeHist(np.rint(film * 255).astype(np.uint8)).astype(np.float32) / 255


def cropped(film: Film, share: float = 0.05) -> Film:
    """All four sides cut off."""
    down, across = (round(share * side) for side in film.shape)
    return np.ascontiguousarray(film[down:-down, across:-across])


def bordered(film: Film, level: float = 0.0) -> Film:
    """Put into a larger picture."""
    down, across = (round(0.1 * side) for side in film.shape)
    return cv2.copyMakeBorder(
        film, down, 2 * down, across, 0, cv2.BORDER_CONSTANT, value=level
    ).astype(np.float32)


def covered(film: Film) -> Film:
    """Two corners blackened, as de-identification does it."""
    film = film.copy()
    down, across = (
        round(share * side) for share, side in zip((0.1, 0.25), film.shape, strict=True)
    )
    film[:down, :across] = film[-down:, -across:] = 0
    return film


def printed(film: Film) -> Film:
    """Two lines of text burned in."""
    mask = np.zeros(film.shape, np.uint8)
    for line in (0.07, 0.95):
        place = (round(0.03 * film.shape[1]), round(line * film.shape[0]))
        cv2.putText(mask, "DOE JOHN 1943", place, cv2.FONT_HERSHEY_SIMPLEX, 0.35, 255, 1)
    ink = mask.astype(np.float32) / 255
    return film * (1 - ink) + ink


def shifted(film: Film) -> Film:
    """Moved by two percent, what is uncovered black."""
    down, across = (round(0.02 * side) for side in film.shape)
    moved = np.zeros_like(film)
    moved[down:, across:] = film[:-down, :-across]
    return moved


SAME: dict[str, Callable[[Film], Film]] = {
    "as it is": lambda film: film,
    "jpeg": jpeg,
    "jpeg 2000": jpeg_2000,
    "half the size": lambda film: resized(film, max(film.shape) // 2),
    "64 pixels": lambda film: resized(film, 64),
    "windowed": windowed,
    "darker": lambda film: film**1.6,
    "brighter": lambda film: film**0.7,
    "equalised": equalised,
    "cropped": lambda film: cropped(film, 0.03),
    "black border": bordered,
    "covered corners": covered,
    "printed": printed,
    "shifted": shifted,
    "narrower": lambda film: np.asarray(
        cv2.resize(film, (round(0.8 * film.shape[1]), film.shape[0]), interpolation=cv2.INTER_AREA)
    ),
}
TURNED: dict[str, Callable[[Film], Film]] = {
    "inverted": lambda film: 1 - film,
    "flipped": lambda film: np.ascontiguousarray(film[:, ::-1]),
    "rotated 90": lambda film: np.ascontiguousarray(np.rot90(film)),
    "rotated 180": lambda film: np.ascontiguousarray(film[::-1, ::-1]),
    "flipped, rotated 180": lambda film: np.ascontiguousarray(film[::-1]),
    "flipped, rotated 90, inverted": lambda film: np.ascontiguousarray(1 - film.T),
}
