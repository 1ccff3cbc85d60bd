"""Servers whose wall clock libfaketime sets; their monotonic clock stays right."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from glob import glob
from pathlib import Path

import pytest
import requests

from tests.support.server import ROOT, Server
from tests.support.waiting import eventually

HOUR = 3600.0
OFF = {"+1h": HOUR, "-1h": -HOUR, "+0": 0.0}
LIBRARY = "/usr/lib*/*/faketime/*MT.so.1"
# Python runs this before the server. With an unchanged monotonic clock
# libfaketime breaks the system call of `time.sleep`; eventlet's hub has a time module of its own.
REPAIR = """
import time, warnings
from select import select
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # eventlet says that it is deprecated
    from eventlet.hubs import poll
time.sleep = poll.time.sleep = lambda seconds: select((), (), (), seconds) and None
"""


def environment(clock_file: Path) -> dict[str, str]:
    """Return the settings of a server whose clock is off by what `clock_file` says."""
    found = glob(LIBRARY)
    if not found:
        pytest.skip("libfaketime is not installed")
    (clock_file.parent / "sitecustomize.py").write_text(REPAIR)
    return {
        "PYTHONPATH": os.pathsep.join([str(clock_file.parent), str(ROOT)]),
        "LD_PRELOAD": found[0],
        "FAKETIME_TIMESTAMP_FILE": str(clock_file),
        "FAKETIME_CACHE_DURATION": "1",  # second; reading the file at every call is slow
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def set_all(clock_file: Path, jump: str, servers: Iterable[Server]) -> None:
    """Set the clocks of all servers and wait until they show it."""
    following = clock_file.parent / "next"
    following.write_text(jump)
    following.rename(clock_file)  # atomically
    for server in servers:
        eventually(
            lambda server=server: abs(_ahead(server) - OFF[jump]) < HOUR / 2,
            what="its clock is not set",
        )


def _ahead(server: Server) -> float:
    """Return by how many seconds a server's clock is ahead of ours."""
    date = requests.get(f"{server.url}/healthz", timeout=5).headers["Date"]
    return parsedate_to_datetime(date).timestamp() - time.time()
