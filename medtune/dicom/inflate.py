"""A file that is not inflated beyond all measure."""

from __future__ import annotations

import io
import zlib

from medtune.errors import UnreadableFile

MOST_INFLATED = 1 << 28  # bytes of a whole file; the largest films have some 60 MB
_PIECE = 1 << 20


class Inflatable(io.BufferedReader):
    """An open file that refuses to be read to its end where that is a deflate bomb.

    pydicom reads a file to its end at once only to inflate it (PS3.5 A.5), a thousandfold in the
    worst case, and asks nobody.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        """Read so many bytes, or all that are left.

        Raises:
            UnreadableFile: too_large, where all that is left inflates to more than a film.
        """
        if size is None or size < 0:
            start = self.tell()
            self._measure()
            self.seek(start)
        return super().read(size)

    def _measure(self) -> None:
        """Inflate piece by piece and keep nothing; what cannot be inflated is no bomb."""
        inflator, length = zlib.decompressobj(-zlib.MAX_WBITS), 0
        try:
            while length <= MOST_INFLATED and (piece := super().read(_PIECE)):
                while piece and length <= MOST_INFLATED and not inflator.eof:
                    length += len(inflator.decompress(piece, _PIECE))
                    piece = inflator.unconsumed_tail
        except zlib.error:
            return
        if length > MOST_INFLATED:
            raise UnreadableFile("too_large", "The file inflates to more than any film has.")
