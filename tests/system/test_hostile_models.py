"""A model's server that sends endless useless data does not disturb other answers."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.providers.hostile import KINDS
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode, pytest.mark.alone]
Read = Callable[..., Reader]

READ_SECONDS, TOTAL_SECONDS = 0.7, 2.0
SLACK_SECONDS = 2.0
LONGEST_GAP_SECONDS = 0.5
MOST_MEGABYTES = 50
STEADY = "/tokens 100000 /rate 50"


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    """Each kind of hostile response is a model of this server."""
    command = [sys.executable, "-m", "tests.providers.hostile"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        yield {
            "MODELS": ",".join(["demo", *(f"openai:{kind}" for kind in KINDS)]),
            "OPENAI_BASE_URL": f"{url}/v1",
            "PROVIDER_READ_SECONDS": str(READ_SECONDS),
            "PROVIDER_TOTAL_SECONDS": str(TOTAL_SECONDS),
        }
        process.kill()


@pytest.fixture(scope="module")
def warm(server: Server, database: Database, cast: Cast) -> Server:
    """The server after its first answer, so that one-time work is not measured."""
    where = database.conversation(cast.olive, model="openai:empty-deltas")
    reader = Reader(cast.olive.token, where)
    reader.connect(server.url)
    eventually(lambda: reader.has_joined)
    reply = reader.send("Well?")["reply"]
    eventually(lambda: reader.shows(reply, "failed", "complete"))
    reader.close()
    return server


@pytest.mark.parametrize("kind", KINDS)
def test_it_ends_within_its_time_limits_and_another_answer_streams_on(
    kind: str, warm: Server, database: Database, cast: Cast, read: Read
) -> None:
    olive = read(cast.olive, database.conversation(cast.olive))
    steady = olive.send(STEADY)["reply"]
    max = read(cast.max, database.conversation(cast.max, model=f"openai:{kind}"))
    eventually(lambda: olive.has_text(steady))
    memory = megabytes(warm, "VmRSS")
    reset_peak(warm)

    began = time.monotonic()
    reply = max.send("Well?")["reply"]
    eventually(lambda: max.shows(reply, "failed", "complete"), TOTAL_SECONDS + SLACK_SECONDS)
    ended = time.monotonic()
    more = megabytes(warm, "VmHWM") - memory
    olive.ask("stop", {"id": steady})

    times = [each.at for each in olive.received if each.event == "chunk" and each.at > began]
    gap = max_gap([began, *(at for at in times if at < ended), ended])
    sentence = database.message(reply).error
    print(f"{kind}: {ended - began:.1f} s, gap {gap:.3f} s, {more:+.0f} MB: {sentence}")
    assert gap < LONGEST_GAP_SECONDS
    assert more < MOST_MEGABYTES


def max_gap(times: list[float]) -> float:
    """Return the longest time between two consecutive ones."""
    return max((b - a for a, b in pairwise(times)), default=0.0)


def megabytes(server: Server, field: str) -> float:
    """Return a field of /proc/<pid>/status in megabytes."""
    status = Path(f"/proc/{pid(server)}/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def reset_peak(server: Server) -> None:
    """Reset the peak of the process's resident memory."""
    Path(f"/proc/{pid(server)}/clear_refs").write_text("5")


def pid(server: Server) -> int:
    assert server.process is not None
    return server.process.pid
