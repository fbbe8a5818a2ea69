"""How a verb ends: its result printed, or its error in plain words with the right exit code."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import typer

from medtune.errors import ConfigError, MedtuneError

STOPPED = 130  # what a shell expects of a process ended by Ctrl-C


@contextmanager
def ending(*, trace: bool, as_json: bool = False, not_done: str = "") -> Iterator[None]:
    """Turn every error of the work inside into words on stderr and an exit code.

    Args:
        trace: whether the traceback is shown too.
        as_json: whether stdout is kept for the result alone; whatever the work prints goes to
            stderr then.
        not_done: what was not done where the run file is wrong, e.g. "Nothing was trained."

    Raises:
        typer.Exit: 2 where the input needs correcting, 1 where the fault is ours, 130 on Ctrl-C.
    """
    try:
        if as_json:
            with redirect_stdout(sys.stderr):
                yield
        else:
            yield
    except typer.Exit:
        raise
    except MedtuneError as error:
        _trace(trace)
        _say(str(error))
        if isinstance(error, ConfigError) and not error.not_done and not_done:
            _say(not_done)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        _trace(trace)
        _say("Stopped.")
        raise typer.Exit(STOPPED) from None
    except Exception as error:
        _trace(trace)
        _say(_our_fault(error) + ("" if trace else " Add --trace to see where."))
        raise typer.Exit(1) from None


def print_json(result: Any) -> None:
    """The result as JSON on stdout; paths as text, numbers that do not exist as null."""
    print(json.dumps(_plain(result), indent=2, ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _our_fault(error: Exception) -> str:
    """One line for an error nobody foresaw. Its own message may hold a path: it is not shown."""
    if isinstance(error, OSError) and error.strerror:
        return f"medtune stopped: the machine refused a file ({error.strerror})."
    return f"medtune stopped on a mistake of its own ({type(error).__name__}); it is not yours."


def _trace(wanted: bool) -> None:
    if wanted:
        traceback.print_exc()


def _say(text: str) -> None:
    print(text, file=sys.stderr)
