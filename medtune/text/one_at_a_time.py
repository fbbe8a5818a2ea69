"""One model, many who ask: a queue before one thread.

Each answer is written alone, so that nobody's answer depends on who else asks at the moment:
answers that are written together differ in their last bits, and so at times in a word.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from medtune.text.chat_request import Refused
from medtune.text.generate import Said, Tell

Work = Callable[[Tell], Said]


class _Left(Exception):
    """Nobody waits for the answer any more."""


class Waiting:
    """An answer that is asked for.

    Attributes:
        said: the answer, once ``pieces`` has ended.
    """

    def __init__(self) -> None:
        self.said: Said | None = None
        self.left = Event()
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[str | Said | Exception] = asyncio.Queue()

    def happens(self, event: str | Said | Exception) -> None:
        """From any thread: a piece, the whole answer, or why there is none."""
        self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    def leave(self) -> None:
        """It is not waited for any more: it is not begun, or stops at its next token."""
        self.left.set()

    async def pieces(self) -> AsyncIterator[str]:
        """The text piece by piece; a token that adds nothing is an empty piece.

        Raises:
            Exception: whatever stopped the answer.
        """
        try:
            while True:
                event = await self._events.get()
                if isinstance(event, Exception):
                    raise event
                if isinstance(event, Said):
                    self.said = event
                    return
                yield event
        finally:
            self.leave()


class OneAtATime:
    """Writes answers one after the other, in the order in which they are asked for.

    Args:
        most: answers that may wait or be written at once; more are refused.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="answers")
        self._asked: set[Waiting] = set()

    def ask(self, work: Work) -> Waiting:
        """Queue an answer; called in the event loop.

        Args:
            work: writes it, calling its argument with each piece.

        Raises:
            Refused: 503, where too many wait.
        """
        if len(self._asked) >= self._most:
            raise Refused(503, "Too many requests wait; try again later.", code="overloaded")
        waiting = Waiting()
        self._asked.add(waiting)
        done = asyncio.wrap_future(self._pool.submit(_write, work, waiting))
        done.add_done_callback(lambda _: self._asked.discard(waiting))
        return waiting

    def close(self) -> None:
        """Begin nothing more, and stop what is being written at its next token."""
        for waiting in list(self._asked):
            waiting.leave()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _write(work: Work, waiting: Waiting) -> None:
    def tell(piece: str) -> None:
        if waiting.left.is_set():
            raise _Left
        waiting.happens(piece)

    try:
        if waiting.left.is_set():
            return
        waiting.happens(work(tell))
    except _Left:
        return
    except Exception as error:
        waiting.happens(error)
