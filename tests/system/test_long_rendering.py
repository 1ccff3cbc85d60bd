"""However long a text takes to render, nobody else waits for it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.extensions import db
from app.markdown import render
from app.models import Conversation, Message, Role, Status
from app.models.appending import append
from app.models.log import Delta
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
Read = Callable[..., Reader]

LONGEST_GAP = 0.5  # seconds between two chunks, of which 20 come each second
DEEP = ("> - " * 9 + "a\n") * (32_000 // 38)


@pytest.fixture
def gap(
    server: Server, database: Database, cast: Cast, read: Read
) -> Iterator[Callable[[], float]]:
    """Max reads an answer that comes at an even pace; return his longest gap, in seconds."""
    where = database.conversation(cast.olive, cast.max)
    olive, max_ = read(cast.olive, where), read(cast.max, where)
    reply = olive.send("/tokens 100000 /rate 20")["reply"]
    eventually(lambda: len(max_.events("chunk")) > 20)
    began = time.monotonic()

    def longest() -> float:
        times = [each.at for each in list(max_.received) if each.event == "chunk"]
        since = [began, *(at for at in times if at > began), time.monotonic()]
        return max(later - earlier for earlier, later in itertools.pairwise(since))

    yield longest
    assert olive.ask("stop", {"id": reply})["ok"]


@pytest.mark.timing
@pytest.mark.slow
def test_twenty_long_questions_at_once(
    server: Server, database: Database, cast: Cast, read: Read, gap: Callable[[], float]
) -> None:
    readers = [read(cast.eve, database.conversation(cast.eve)) for _ in range(20)]
    began = time.monotonic()
    with ThreadPoolExecutor(len(readers)) as pool:
        acks = list(pool.map(lambda eve: eve.send(DEEP), readers))
    took = time.monotonic() - began
    eventually(lambda: all(database.html(ack["id"]) is not None for ack in acks), 120)
    print(f"twenty questions: longest gap {gap():.3f} s, acknowledged after {took:.3f} s")
    assert gap() < LONGEST_GAP
    assert took < 5


@pytest.mark.timing
@pytest.mark.slow
def test_twenty_pages_of_a_long_answer_that_streams(
    server: Server, database: Database, cast: Cast, read: Read, gap: Callable[[], float]
) -> None:
    where = database.conversation(cast.eve)
    eve = read(cast.eve, where)
    reply = eve.send("/tokens 200000 /rate 10000")["reply"]
    eventually(lambda: len(database.message(reply).content) > 330_000, 120)
    eve.close()  # this process has to read the pages
    pages = load(server, cast.eve, where, 20)
    print(f"twenty pages: longest gap {gap():.3f} s, slowest page {max(pages):.3f} s")
    assert database.message(reply).status == "streaming", "they must be loaded while it streams"
    assert gap() < LONGEST_GAP


@pytest.mark.timing
@pytest.mark.slow
@pytest.mark.parametrize("line", ["A *long* answer, and [what](https://e.org) it says.\n\n", DEEP])
def test_four_pages_of_an_answer_of_a_million_characters(
    server: Server, database: Database, cast: Cast, gap: Callable[[], float], line: str
) -> None:
    where = database.conversation(cast.eve)
    text = (line * (1_000_000 // len(line) + 1))[:1_000_000]
    database.write(lambda: add_answer(where, text))
    pages = load(server, cast.eve, where, 4)
    print(f"four pages: longest gap {gap():.3f} s, slowest page {max(pages):.3f} s")
    assert gap() < LONGEST_GAP
    assert max(pages) < 10


@pytest.mark.async_mode
def test_a_page_shows_a_long_answer_that_streams_as_it_will_be_shown(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.eve)
    text = "*Some* text.\n\n- a list\n\n" * 1000
    database.write(lambda: add_streaming(where, text))
    page, address = (
        BrowserSession(server.url).sign_in(cast.eve),
        f"{server.url}/conversations/{where}",
    )
    shown = render(text)
    # where the machine has no time for it, it is shown as plain text that time
    eventually(lambda: shown in page.http.get(address, timeout=20).text)


def load(server: Server, person: Person, conversation: str, count: int) -> list[float]:
    """Load a page so many times at once; return how many seconds each took."""
    session = BrowserSession(server.url).sign_in(person)

    def get(_: int) -> float:
        began = time.monotonic()
        page = session.http.get(f"{server.url}/conversations/{conversation}", timeout=130)
        assert page.status_code == 200
        return time.monotonic() - began

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(get, range(count)))


def add_answer(conversation: str, text: str, **fields: object) -> Message:
    """Add an answer whose HTML is not stored."""
    found = db.select(Conversation).filter_by(public_id=conversation)
    return Message.add(db.session.scalars(found).one(), Role.ASSISTANT, text, **fields)


def add_streaming(conversation: str, text: str) -> None:
    """Add an answer that streams."""
    message = add_answer(conversation, "", status=Status.STREAMING)
    append(db.session.connection(), {message.id: Delta(0, 1, text, "")})
