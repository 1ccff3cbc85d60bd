"""Searches run beside the event loop: they delay nobody's answer."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.extensions import db
from app.models import Conversation, Message, Role
from app.text import QUESTION_LENGTH
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timing]
Read = Callable[..., Reader]

QUESTIONS, SEARCHES, AT_ONCE = 560, 20, 5


def test_searches_in_many_long_questions_delay_no_reader(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive)
    vocabulary = words()
    for _ in range(QUESTIONS // 10):
        database.write(lambda: ask_ten(where, vocabulary))
    olive = BrowserSession(server.url).sign_in(cast.olive)
    watched = database.conversation(cast.max)
    follower = read(cast.max, watched)
    reply = follower.send("/tokens 100000 /rate 50")["reply"]
    eventually(lambda: follower.has_text(reply))

    def search(number: int) -> float:
        begun = time.monotonic()
        query = {"q": f"{vocabulary[number]} {vocabulary[-number - 1]}"}
        page = olive.http.get(f"{server.url}/conversations", params=query, timeout=20)
        assert page.ok and "<mark>" in page.text, page.text
        return time.monotonic() - begun

    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        took = list(threads.map(search, range(SEARCHES)))
    ended = time.monotonic()
    time.sleep(0.2)

    chunks = [each.at for each in follower.received if each.event == "chunk"]
    times = [at for at in chunks if begun - 0.2 < at < ended + 0.2]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    print(f"longest gap {max(gaps):.3f} s, longest search {max(took):.3f} s")
    assert len(gaps) > 3
    assert max(gaps) < 0.5
    assert follower.ask("stop", {"id": reply})["ok"]


def words() -> list[str]:
    """Return words of letters by chance, the same ones every time."""
    chance = random.Random(1)
    return ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(3000)]


def ask_ten(where: str, vocabulary: list[str]) -> None:
    """Store ten questions of the greatest length, without answers."""
    conversation = Conversation.by_public_id(where)
    assert conversation is not None
    for _ in range(10):
        content = " ".join(random.choices(vocabulary, k=QUESTION_LENGTH // 8))
        Message.add(conversation, Role.USER, content, seq=1)
    db.session.flush()
