"""Processes behind nginx and HAProxy are restarted one after the other, while answers stream."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.crowd import CrowdReader
from tests.faults.figures import Figures, spread
from tests.support.cast import Cast, create_cast
from tests.support.database import Database
from tests.support.reverse_proxies import PROXIES
from tests.support.server import Server
from tests.support.services import free_port

pytestmark = [
    pytest.mark.system,
    pytest.mark.fault,
    pytest.mark.nginx,
    pytest.mark.haproxy,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.timeout(400),
]

SETTINGS = {
    "DRAIN_SECONDS": "60",
    "TRUSTED_PROXIES": "1",
    "LIMIT_EVENTS": "off",
    "LIMIT_JOIN": "off",
    "LIMIT_SEND": "off",
}
SETTLING_SECONDS = 120.0
POLL_SECONDS = 0.05
MOST_SILENCE_SECONDS = 3.0


@dataclass(frozen=True)
class Size:
    """How much is restarted under how many readers."""

    processes: int
    readers: int
    answers: int
    question: str


SHORT = Size(processes=2, readers=20, answers=4, question="/think 0 /tokens 30 /rate 15")
FULL = Size(processes=3, readers=200, answers=20, question="/think 0 /tokens 120 /rate 15")


class Rolling:
    """Servers, and readers of conversations in which an answer streams at every moment."""

    def __init__(
        self, size: Size, servers: Sequence[Server], urls: Sequence[str], here: Database, cast: Cast
    ) -> None:
        self.database = here
        self._size = size
        self.servers = servers
        self.conversations = [here.conversation(cast.olive, cast.max) for _ in range(size.answers)]
        self.readers = [
            CrowdReader(
                urls[number // size.answers % len(urls)],
                cast.max.token,
                self.conversations[number % size.answers],
            )
            for number in range(size.readers)
        ]
        self._is_over = False

    async def run(self) -> None:
        """Restart each server while all readers follow; return when all answers have ended."""
        async with asyncio.TaskGroup() as tasks:
            staying = [tasks.create_task(reader.stay()) for reader in self.readers]
            asking = [tasks.create_task(self._keep_asking(each)) for each in self._askers]
            await self._until(lambda: all(reader.log.messages for reader in self.readers))
            for reader in self.readers:
                reader.forget_silence()
            for server in self.servers:
                await asyncio.to_thread(restart, server)
            self._is_over = True
            for task in asking:
                await task
            await self._until(self._agree)
            for task in staying:
                task.cancel()

    @property
    def _askers(self) -> list[CrowdReader]:
        return self.readers[: self._size.answers]

    async def _keep_asking(self, reader: CrowdReader) -> None:
        """Keep one question waiting while an answer streams."""
        while not self._is_over:
            if reader.waiting < 2:
                reader.ask(self._size.question)
            await asyncio.sleep(POLL_SECONDS)
        await self._until(lambda: reader.waiting == 0)

    def _agree(self) -> bool:
        stored = {where: self.database.messages(where) for where in self.conversations}
        return not any(reader.differs(stored[reader.log.conversation]) for reader in self.readers)

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(SETTLING_SECONDS):
            while not condition():
                await asyncio.sleep(POLL_SECONDS)


def restart(server: Server) -> None:
    """Ask a server to stop, wait until it has ended by itself, and start it again."""
    server.signal(signal.SIGTERM)
    assert server.process is not None
    assert server.process.wait(SETTLING_SECONDS) == 0
    server.start()


@pytest.fixture(scope="module")
def database_url(migrated_postgres: str) -> str:
    return migrated_postgres


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database.at(database_url)
    yield database
    database.close()


@dataclass(frozen=True)
class Place:
    """Where servers and proxies are started."""

    database_url: str
    redis_url: str
    folder: Path


def test_a_rolling_restart_cuts_no_answer_and_loses_no_reader(
    database: Database, database_url: str, redis_url: str, tmp_path: Path, figures: Figures
) -> None:
    with database.app.app_context():
        cast = create_cast()
    place = Place(database_url, redis_url, tmp_path)
    size = FULL if figures.is_full else SHORT
    together = [[name] for name in PROXIES] if figures.is_full else [list(PROXIES)]
    for names in together:  # in the short form half of the readers come through each
        with serving(size, names, place) as (servers, urls):
            rolling = Rolling(size, servers, urls, database, cast)
            # in a thread: a browser's test may have left its loop running in this one
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, rolling.run()).result()
        check(rolling, names, figures)


@contextmanager
def serving(
    size: Size, names: Sequence[str], place: Place
) -> Iterator[tuple[list[Server], list[str]]]:
    """Run the servers, each with a port that it keeps, and proxies; yield them and their URLs."""
    settings = {**SETTINGS, "REDIS_URL": place.redis_url}
    with ExitStack() as running:
        servers = []
        for number in range(size.processes):
            log = place.folder / f"{number}.log"
            server = Server(place.database_url, log, **settings, PORT=str(free_port()))
            servers.append(running.enter_context(server))
        urls = []
        for name in names:
            (place.folder / name).mkdir()
            proxy = PROXIES[name]([each.url for each in servers], place.folder / name)
            urls.append(running.enter_context(proxy))
        yield servers, urls


def check(rolling: Rolling, names: Sequence[str], figures: Figures) -> None:
    """Assert that nothing was cut, and nobody left alone; note the longest silence."""
    stored = [each for where in rolling.conversations for each in rolling.database.messages(where)]
    answers = [each for each in stored if each.role == "assistant"]
    assert {each.status for each in answers} == {"complete"}
    assert all(reader.connections > 1 for reader in rolling.readers), "each was sent away"
    silences = [reader.longest_silence for reader in rolling.readers]
    figures.note(
        f"{len(rolling.servers)} processes behind {' and '.join(names)}, each restarted in turn",
        f"{len(silences)} readers, {len(answers)} answers, all complete;"
        f" the longest silence of a reader: {spread(silences)}",
    )
    assert max(silences) < figures.bound(MOST_SILENCE_SECONDS)
