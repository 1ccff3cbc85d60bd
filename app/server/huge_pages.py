"""Puts the memory that a process has filled by its start into huge pages, where Linux has them.

What happens a few times a second runs many small functions once each, from memory rather than from
the processor's caches; to look up where in memory they are is a part of what it costs. A huge page
needs one entry in the processor's table where 512 usual ones need 512.
"""

from __future__ import annotations

import ctypes
import logging
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger(__name__)

HUGE = 1 << 21  # bytes
MADV_COLLAPSE = 25  # since Linux 6.1; see madvise(2)
FILLED = 0.9  # of a piece of memory, so that it takes no more than before
PAUSE_SECONDS = 0.05  # one page takes a millisecond or two, in which nothing else runs
SMAPS = Path("/proc/self/smaps")
# Of SMAPS: what is private and of no file.
MEMORY = re.compile(
    r"^(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) rw-p \S+ \S+ 0 +(?:\[heap\])?\n"
    r"(?:\w+: .*\n)*?Rss: +(?P<resident>\d+) kB$",
    re.MULTILINE,
)


def use_huge_pages() -> None:
    """Collapse what is filled into huge pages, one after the other: a background task.

    Does nothing where the system can't. What is mostly empty stays as it is.
    """
    if sys.platform != "linux":
        return
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    count = 0
    for address in filled():
        if madvise(address, HUGE, MADV_COLLAPSE) == 0:
            count += 1
        time.sleep(PAUSE_SECONDS)
    logger.info("%d MB of memory are in huge pages.", count * HUGE / 1e6)


def filled() -> Iterator[int]:
    """Yield the addresses of all parts of memory that fill a huge page, nearly or wholly."""
    try:
        smaps = SMAPS.read_text("utf-8", "replace")  # it has names of files
    except OSError:  # some containers have none
        return
    for found in MEMORY.finditer(smaps):
        start, end = int(found["start"], 16), int(found["end"], 16)
        if int(found["resident"]) * 1024 >= FILLED * (end - start):
            yield from range(-(-start // HUGE) * HUGE, end - HUGE + 1, HUGE)
