"""The main flow through PgBouncer in transaction mode: each transaction has another connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.preloaded import PreloadedProcess
from tests.support.reader import Reader
from tests.support.server import Server, environment
from tests.support.services import pgbouncer
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.postgres]

AT_ONCE = 3
ANSWERS = 6  # more than PgBouncer has connections
SECONDS = 100.0


@pytest.fixture(scope="module")
def database_url(empty_postgres: str) -> Iterator[str]:
    with pgbouncer(empty_postgres) as url:
        yield url


@pytest.fixture(scope="module", autouse=True)
def migrated(database_url: str, folder: Path) -> None:
    """Three migrate at once; one of them does it, and the others wait."""
    logs = [folder / f"upgrade-{number}.log" for number in range(AT_ONCE)]
    upgrade = ("-m", "flask", "db", "upgrade")
    processes = [PreloadedProcess(environment(database_url), log, *upgrade) for log in logs]
    for process, log in zip(processes, logs, strict=True):
        code = process.wait(SECONDS)
        printed = log.read_text("utf-8")
        assert (code, "Traceback" in printed) == (0, False), printed


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LEASE_SECONDS": "2"}


def test_through_pgbouncer_answers_are_written_read_stopped_and_retried(
    server: Server, database: Database, cast: Cast, read: Callable[..., Reader]
) -> None:
    places = [database.conversation(cast.olive, cast.max) for _ in range(ANSWERS)]
    readers = [read(cast.olive, where) for where in places]
    replies = [reader.send("/think 5 /tokens 60 /rate 30")["reply"] for reader in readers]
    late = [read(cast.max, where) for where in places]
    for pair, reply in zip(zip(readers, late, strict=True), replies, strict=True):
        assert agreed(list(pair), reply, database).status == "complete"

    retried = readers[0].ask("retry", {"id": replies[0]})["reply"]
    eventually(lambda: readers[0].has_text(retried))
    assert readers[0].ask("stop", {"id": retried})["ok"]
    assert agreed([readers[0], late[0]], retried, database).status == "stopped"
    assert "fails" not in server.output
