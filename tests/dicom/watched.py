"""A process of its own that reads files one by one, watched for time, memory and what it says."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
MOST_ADDRESSES = 6 << 30  # bytes; far above what a test allows, so that the machine survives

CHILD = """
import json, logging, resource, sys, time, warnings
from pathlib import Path

resource.setrlimit(resource.RLIMIT_AS, (%d, %d))
from medtune.dicom import find_xrays, read_header, read_xray
from medtune.errors import MedtuneError, UnreadableFile

said = []
class Ear(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())

logging.getLogger().addHandler(Ear())
logging.getLogger().setLevel(0)
warnings.simplefilter("always", append=True)  # behind the filters that medtune itself has set
warnings.showwarning = lambda message, *rest, **more: said.append(str(message))

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

def attempt(call, path):
    try:
        result = call(path)
        if isinstance(result, list):  # of find_xrays
            return result[0].reason or "read", result[0].detail
        return "read", ""
    except UnreadableFile as error:
        return error.reason, str(error)
    except MedtuneError as error:
        return "read", str(error)
    except BaseException as error:
        return "escaped: " + type(error).__name__, str(error)

def first_frame(path):
    try:
        return read_xray(path)
    except UnreadableFile as error:
        if error.reason != "multi_frame":
            raise
        return read_xray(path, frame=0)

calls = read_header, first_frame, lambda path: list(find_xrays(path))
print("ready", flush=True)
for line in sys.stdin:
    path = Path(json.loads(line))
    said.clear()
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before, start = peak(), time.perf_counter()
    outcomes = [attempt(call, path) for call in calls]
    print(json.dumps({
        "outcomes": [outcome for outcome, _ in outcomes],
        "messages": [message for _, message in outcomes if message],
        "said": said, "seconds": time.perf_counter() - start, "megabytes": peak() - before,
    }), flush=True)
"""


@dataclass(frozen=True)
class Reading:
    """What came of one file.

    Attributes:
        outcomes: of read_header, read_xray (the first frame) and find_xrays: "read", a reason,
            or "escaped: ...".
        messages: of the refusals, and the details of find_xrays.
        said: log lines and warnings.
        seconds: of all three.
        megabytes: above what the process had before.
    """

    outcomes: list[str]
    messages: list[str]
    said: list[str]
    seconds: float
    megabytes: float


class Watched:
    """A reading process; ``with Watched() as reader: reader.read(path, seconds)``."""

    def __enter__(self) -> Watched:
        self._start()
        return self

    def _start(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed in _end
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHILD % (MOST_ADDRESSES, MOST_ADDRESSES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self._line(60) == "ready", self.printed()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            assert stream is not None
            stream.close()

    def read(self, path: Path, seconds: float) -> Reading:
        """Read one file; after a failure the next file gets a new process.

        Raises:
            AssertionError: the process died, or had not finished after so many seconds.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(str(path)).encode() + b"\n")
        self._process.stdin.flush()
        try:
            return Reading(**json.loads(self._line(seconds)))
        except AssertionError:
            self._end()
            self._start()
            raise

    def printed(self) -> str:
        """What the process and its libraries wrote on the terminal."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def _line(self, seconds: float) -> str:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        assert ready, f"not finished after {seconds:g} seconds"
        line = self._process.stdout.readline().decode().strip()
        assert line, f"the process died: {self._process.wait()}\n{self.printed()[-2000:]}"
        return line
