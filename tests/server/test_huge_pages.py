"""What a process has filled by its start is put into huge pages, where the system has them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.server import huge_pages

ROOT = Path(__file__).parents[2]
# What it prints: whether the system collapses memory at all, and before and after the memory that
# the process has and what of it is in huge pages, in kB.
PROGRAM = """
import ctypes, json, re
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from pathlib import Path
from app.server import huge_pages

def measured():
    rollup = Path("/proc/self/smaps_rollup").read_text()
    names = ("Rss", "AnonHugePages")
    return [int(re.search(rf"^{each}: +(\\d+)", rollup, re.M)[1]) for each in names]

huge_pages.PAUSE_SECONDS = 0
filled = [object() for _ in range(3_000_000)]
private = MAP_ANONYMOUS | MAP_PRIVATE
sparse = mmap(-1, 50 * huge_pages.HUGE, private)
sparse[:: huge_pages.HUGE // 2] = b"x" * 100
before = measured()
huge_pages.use_huge_pages()
after = measured()
memory = mmap(-1, 2 * huge_pages.HUGE, private)
memory[:] = b"x" * len(memory)
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
at = -(-address // huge_pages.HUGE) * huge_pages.HUGE
libc = ctypes.CDLL(None)
libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
can = libc.madvise(at, huge_pages.HUGE, huge_pages.MADV_COLLAPSE) == 0
print(json.dumps([can, before, after]))
"""


def test_memory_that_is_filled_is_in_huge_pages_and_none_is_added() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=60
    )
    can, (resident, huge), (resident_after, huge_after) = json.loads(ran.stdout)
    assert resident_after < resident + 10_000
    if can:
        assert huge_after > huge + 30_000
    else:
        assert huge_after == huge


def test_elsewhere_it_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(huge_pages, "filled", lambda: pytest.fail("it is read"))
    huge_pages.use_huge_pages()


def test_without_a_list_of_memory_nothing_is_filled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(huge_pages, "SMAPS", tmp_path / "smaps")
    assert list(huge_pages.filled()) == []
    end, more = "400000-800000 rw-p 00000000 00:00 0 \nSize: 4096 kB\nRss: ", " kB\nVmFlags: rd\n"
    code = b"1000-2000 r-xp 00000000 08:01 7 /tmp/\xff\nSize: 4 kB\nRss: 4 kB\n"
    huge_pages.SMAPS.write_bytes(code + f"{end}4096{more}".encode())
    assert list(huge_pages.filled()) == [0x400000, 0x600000]
    huge_pages.SMAPS.write_bytes(code + f"{end}2048{more}".encode())
    assert list(huge_pages.filled()) == []
