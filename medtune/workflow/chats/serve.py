"""``medtune serve``: a finished run that answers as a web service."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from medtune.config.model import RUN_WEIGHTS
from medtune.errors import InputError
from medtune.workflow.progress import say, silent

NEEDED = ("fastapi", "uvicorn")
KEY_VARIABLE = "MEDTUNE_API_KEY"
SHORTEST_KEY = 16  # characters
HOST, PORT = "127.0.0.1", 8000


def serve(
    folder: Path | str,
    *,
    host: str = HOST,
    port: int = PORT,
    key_file: Path | str | None = None,
    names: Path | str | None = None,
    settings: Sequence[str] = (),
    show: bool = True,
) -> None:
    """Answer as OpenAI's API does, until the process is asked to stop.

    Args:
        folder: of the finished run.
        host: address to listen at; another than this machine's own needs a key.
        port: 0 takes one that is free.
        key_file: whose text each request has to bear; else the variable ``MEDTUNE_API_KEY``.
        names: list of names to replace; the run's own by default.
        settings: overrides of the run's section 'generation'.
        show: whether it is told on stderr where it listens.

    Raises:
        InputError: the run does not answer or is not finished, a package is missing, the key is
            missing or weak, or nobody can listen there.
    """
    for package in NEEDED:
        if importlib.util.find_spec(package) is None:
            raise InputError(
                f"Serving needs the package {package}, which is not here: "
                "pip install 'medtune[serve]'."
            )
    tell = say if show else silent
    key = key_of(None if key_file is None else Path(key_file))
    with bound(host, port) as at:
        address, taken = at.getsockname()[:2]
        alone = ipaddress.ip_address(address).is_loopback
        if not alone and key is None:
            raise InputError(
                f"Others than this machine can reach {host}: that needs an API key. Put one of at "
                f"least {SHORTEST_KEY} characters in a file (--key-file) or in the environment "
                f"variable {KEY_VARIABLE}. Nothing was served."
            )
        # torch, and the model itself, only after all that can be told at once
        from medtune.text.server import Served, app_of, listen
        from medtune.workflow.chats.open import open_run

        finished = open_run(folder, settings, names)
        served = Served(
            name=finished.name,
            created=int((Path(folder) / RUN_WEIGHTS).stat().st_mtime),
            answer=finished.answer,
            how=finished.how,
            most_tokens=finished.most_tokens,
        )
        where = f"[{address}]" if ":" in address else address
        tell(f"{served.name} answers at http://{where}:{taken}/v1 until Ctrl-C.")
        tell(finished.note)
        tell("Each request needs the API key." if key else "Only this machine reaches it.")
        if not alone:
            tell("What is asked and answered is not encrypted: put a TLS proxy before it.")
        listen(app_of(served, tell, key=key, loopback=alone), at)


def key_of(file: Path | None) -> str | None:
    """The API key of a file, or else of the environment; None where there is neither.

    Raises:
        InputError: there is no such file, or the key is too short or no plain text.
    """
    if file is not None:
        try:
            key = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise InputError(f"The API key in {file.name} cannot be read.") from None
        place = file.name
    else:
        key, place = os.environ.get(KEY_VARIABLE, "").strip(), KEY_VARIABLE
        if not key:
            return None
    if len(key) < SHORTEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise InputError(
            f"The API key in {place} is no key: it has at least {SHORTEST_KEY} letters, digits or "
            "signs of ASCII, and no blanks."
        )
    return key


def bound(host: str, port: int) -> socket.socket:
    """A socket bound to an address.

    Raises:
        InputError: there is no such address, or it is taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise InputError(f"There is no address '{host}' to listen at.") from None
    family, kind, protocol, _, place = found[0]
    at = socket.socket(family, kind, protocol)
    at.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        at.bind(place)
    except OSError as error:
        at.close()
        raise InputError(
            f"Nobody can listen at port {port} of {host} ({error.strerror}). Give another --port."
        ) from None
    return at
