"""What the C library does with memory that a training step gives back."""

from __future__ import annotations

import ctypes

# of malloc.h
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Have the process keep what it frees, until it ends.

    glibc gives large pieces back to the system at once, and the system clears each page of the
    next: a step on the CPU that frees what its layers left behind begins all over again with every
    batch, which is a third of its time (``step-memory`` in tests/benchmarks/results).

    Returns:
        Whether it is so; other C libraries have no such settings.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # macOS, musl; Windows
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _NEVER) and mallopt(_TRIM_THRESHOLD, _NEVER))
