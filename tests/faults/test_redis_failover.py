"""A master that Sentinels know fails: processes hear each other through its replica."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.figures import Figures, spread
from tests.shared_redis.test_addresses import SERVER, SETTINGS, reason, shared, works
from tests.support.services import RedisProcess, free_port
from tests.support.waiting import eventually
from tests.transport.processes import Process, ended

__all__ = ["ended"]

pytestmark = [pytest.mark.system, pytest.mark.fault, pytest.mark.redis]

SENTINEL = """
sentinel monitor chat 127.0.0.1 {} 1
sentinel down-after-milliseconds chat 1000
sentinel failover-timeout chat 3000
"""


class Watched(NamedTuple):
    """A master and its replica, and the URL by which a Sentinel tells which of them is which."""

    url: str
    master: RedisProcess
    replica: RedisProcess


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    folders = [tmp_path / name for name in ("master", "replica")]
    for folder in folders:
        folder.mkdir()
    with ExitStack() as stack:
        master = stack.enter_context(RedisProcess(folders[0]))
        options = ["--replicaof", "127.0.0.1", str(master.port)]
        replica = stack.enter_context(RedisProcess(folders[1], *options))
        eventually(lambda: role_of(replica)["master_link_status"] == "up")
        (file := tmp_path / "sentinel.conf").write_text(SENTINEL.format(master.port))
        port = free_port()
        words = [SERVER, str(file), "--sentinel", "--port", str(port), "--bind", "127.0.0.1"]
        process = stack.enter_context(subprocess.Popen(words, stdout=subprocess.DEVNULL))
        stack.callback(process.kill)
        url = f"redis+sentinel://127.0.0.1:{port}/chat/0"
        eventually(lambda: knows(port, replica))
        yield Watched(url, master, replica)


def knows(port: int, replica: RedisProcess) -> bool:
    """Return whether the Sentinel has found the replica."""
    words = ["redis-cli", "-p", str(port), "sentinel", "replicas", "chat"]
    found = subprocess.run(words, capture_output=True, text=True, check=False, timeout=10)
    return f"127.0.0.1:{replica.port}" in found.stdout


def role_of(redis: RedisProcess) -> dict[str, str]:
    found: dict[str, str] = redis.client().info("replication")
    return found


def test_a_sentinel_names_the_master_also_after_a_failover(
    watched: Watched, figures: Figures
) -> None:
    works(watched.url)
    unknown = watched.url.replace("chat", "another")
    assert reason(unknown) == "the Sentinels know no master that answers"
    seconds = [fail_over(watched) for _ in range(figures.count(0, 1))]
    if seconds:
        figures.note(
            "SIGKILL for the master that a Sentinel watches",
            f"two processes heard each other through the replica {spread(seconds)} later",
        )


def fail_over(watched: Watched) -> float:
    """Return how long it took until two processes heard each other again."""
    here, there = (Process(watched.url, SETTINGS.prefix or "").enter() for _ in range(2))
    here.emit(0)
    eventually(lambda: there.has(0))
    watched.master.kill()
    began = time.monotonic()
    eventually(lambda: role_of(watched.replica)["role"] == "master", 60.0)
    eventually(lambda: arrives(here, there), 60.0)
    shared(watched.url).client(5.0).set("midstream:tests:written", 1)
    return time.monotonic() - began


def arrives(here: Process, there: Process) -> bool:
    """Emit once more; return whether anything has arrived since the failover."""
    here.emit(1)
    return any(b'"seq":1}' in frame for frame in there.writer.frames)
