"""How a verb ends: its result printed, or its error in plain words with the right exit code."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from typing import TYPE_CHECKING, Any

import typer

from medtune.errors import ConfigError, ElsewhereError, MedtuneError

if TYPE_CHECKING:
    from rich.text import Text

Answer = Callable[[Any, "Iterable[str | Text]"], None]
STOPPED = 130  # what a shell expects of a process ended by Ctrl-C


@contextmanager
def ending(*, trace: bool, as_json: bool = False, not_done: str = "") -> Iterator[Answer]:
    """Turn every error of the work inside into words on stderr and an exit code.

    Args:
        trace: whether the traceback is shown too.
        as_json: whether stdout is kept for the answer as JSON; whatever else the work prints goes
            to stderr then.
        not_done: what was not done where the run file is wrong, e.g. "Nothing was trained."

    Yields:
        The function that prints the answer: for machines and for people, of which it takes one.

    Raises:
        typer.Exit: 2 where the input needs correcting, 1 where the fault is ours, 130 on Ctrl-C.
    """
    stdout = sys.stdout

    def answer(data: Any, lines: Iterable[str | Text]) -> None:
        if _rank():
            return  # the first of several processes answers
        if as_json:
            print(json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False), file=stdout)
        else:
            _print(lines)

    try:
        with redirect_stdout(sys.stderr) if as_json else nullcontext():
            yield answer
    except typer.Exit:
        raise
    except MedtuneError as error:
        _trace(trace)
        if not isinstance(error, ElsewhereError):
            _say(str(error))
        if isinstance(error, ConfigError) and not error.not_done and not_done:
            _say(not_done)
        raise typer.Exit(error.exit_code) from None
    except BrokenPipeError:
        # Whoever read our output has read enough: "medtune doctor | head".
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        _trace(trace)
        _say("Stopped.")
        raise typer.Exit(STOPPED) from None
    except Exception as error:
        _trace(trace)
        _say(_our_fault(error) + ("" if trace else " Add --trace to see where."))
        raise typer.Exit(1) from None


def _our_fault(error: Exception) -> str:
    """One line for an error nobody foresaw. Its own message may hold a path: it is not shown."""
    if isinstance(error, OSError) and error.strerror:
        return f"medtune stopped: the machine refused a file ({error.strerror})."
    return f"medtune stopped on a mistake of its own ({type(error).__name__}); it is not yours."


def _print(lines: Iterable[str | Text]) -> None:
    """Lines on stdout, colours where there is a terminal; brackets in them are no markup."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(line) if isinstance(line, str) else line)


def _trace(wanted: bool) -> None:
    if wanted:
        traceback.print_exc()


def _say(text: str) -> None:
    rank = _rank()
    print(f"process {rank + 1}: {text}" if rank else text, file=sys.stderr)


def _rank() -> int:
    """The number of this process, where torchrun or SLURM has started several."""
    return int(os.environ.get("RANK", os.environ.get("SLURM_PROCID", "0")))
