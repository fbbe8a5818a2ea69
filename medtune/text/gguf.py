"""A folder of a language model as one GGUF file, by llama.cpp's own converter where it is at hand.

The converter is a program of its own (``convert_hf_to_gguf.py MODEL --outfile FILE --outtype
f16``), not a package: it is never fetched, and runs without internet.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from medtune.errors import InputError, RunError

CONVERTER = "convert_hf_to_gguf.py"
TYPE = "f16"  # of the weights in the file
NOT_HERE = (
    f"No GGUF file: llama.cpp's {CONVERTER} is not on the PATH. With a copy of llama.cpp at hand, "
    f"give it: --converter llama.cpp/{CONVERTER}"
)


def converter_at(given: Path | None) -> Path | None:
    """Where the converter is: as given, or on the PATH; None where it is not at hand.

    Raises:
        InputError: it is given, and is no file.
    """
    if given is not None:
        if not given.is_file():
            raise InputError(f"There is no file {given.name} to convert with (--converter).")
        return given
    found = shutil.which(CONVERTER)
    return None if found is None else Path(found)


def convert(converter: Path, folder: Path, out: Path) -> None:
    """Write the GGUF file of a model.

    Args:
        converter: see ``converter_at``.
        folder: of the model, as the Hugging Face hub has it.
        out: file to write.

    Raises:
        RunError: the converter does not know the model, or lacks a package.
    """
    alone = os.access(converter, os.X_OK)  # with an interpreter of its own
    words = [str(folder), "--outfile", str(out), "--outtype", TYPE]
    try:
        done = subprocess.run(
            [str(converter), *words] if alone else [sys.executable, str(converter), *words],
            capture_output=True,
            text=True,
            check=False,
            errors="replace",
            env={**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"},
        )
    except OSError as error:
        raise RunError(
            f"{converter.name} cannot be started ({error.strerror}). Nothing was exported."
        ) from None
    if done.returncode or not out.is_file():
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        last = lines[-1].strip() if lines else "it says nothing"
        for path in (out, folder, converter.parent):
            last = last.replace(str(path), path.name)  # no path is shown
        raise RunError(
            f"{converter.name} made no GGUF file of the model ({last}). Without --converter, and "
            "where it is not on the PATH, the rest is exported. Nothing was exported."
        )
