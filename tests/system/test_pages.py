"""A page, on join and in history, is at most 50 messages and 256 kB of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.extensions import db
from app.models import Conversation, Message
from app.models.message import Role, Status
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.database import Database
from tests.support.reader import Reader

pytestmark = pytest.mark.system
Read = Callable[..., Reader]
Texts = list[str]


@pytest.fixture
def olive(server_url: str, cast: Cast) -> Iterator[Client]:
    with Client().open(server_url, cast.olive.token) as client:
        yield client


def test_joining_from_0_brings_the_last_50_messages_in_order(
    database: Database, cast: Cast, read: Read
) -> None:
    where = filled(database, cast, [f"Number {n}" for n in range(1, 61)])

    reader = read(cast.olive, where)

    assert contents(reader) == [f"Number {n}" for n in range(11, 61)]
    assert reader.acks[0] == {
        "ok": True,
        "conversation": where,
        "title": "Tests",
        "members": ["Olive", "Max"],
        "position": 60,
        "revision": 0,
    }


def test_history_brings_what_is_before_that_a_page_at_a_time(
    database: Database, cast: Cast, olive: Client
) -> None:
    where = filled(database, cast, [f"Number {n}" for n in range(1, 113)])

    ends, before = [], 113
    while True:
        ack = olive.ask("history", {"conversation": where, "before": before})
        positions = [message["position"] for message in ack["messages"]]
        ends.append((positions[0], positions[-1], ack["more"]))
        before = positions[0]
        if not ack["more"]:
            break

    assert ends == [(63, 112, True), (13, 62, True), (1, 12, False)]
    [message, *_] = ack["messages"]
    assert message["content"] == "Number 1"
    assert {"id", "since", "seq", "status", "role", "author", "created_at"} <= message.keys()


def test_after_brings_what_came_later_up_to_a_page(
    database: Database, cast: Cast, read: Read
) -> None:
    where = filled(database, cast, [f"Number {n}" for n in range(1, 61)])
    reader = read(cast.max, where)
    known = len(reader.events("message"))

    ack = reader.ask("join", {"conversation": where, "after": 10, "revision": 0})

    assert ack["ok"] and "reload" not in ack
    later = reader.events("message")[known:]
    assert [message["position"] for message in later] == list(range(11, 61))


def test_more_than_a_page_missing_means_reload_and_nothing_else_is_sent(
    database: Database, cast: Cast, read: Read
) -> None:
    where = filled(database, cast, [f"Number {n}" for n in range(1, 61)])
    reader = read(cast.max, where)
    known = len(reader.events("message"))

    ack = reader.ask("join", {"conversation": where, "after": 9, "revision": 0})

    assert ack["ok"] and ack["reload"] is True
    assert len(reader.events("message")) == known
    assert reader.events("current_state") == []


def test_another_revision_means_reload(database: Database, cast: Cast, olive: Client) -> None:
    where = filled(database, cast, ["Only one"])

    ack = olive.ask("join", {"conversation": where, "after": 1, "revision": 7})

    assert ack["ok"] and ack["reload"] is True


def test_a_page_holds_256_kB_of_text_counted_in_bytes(
    database: Database, cast: Cast, olive: Client
) -> None:
    where = filled(database, cast, ["ö" * 32_000] * 9)  # 64,000 bytes each

    ack = olive.ask("history", {"conversation": where, "before": 100})

    assert [message["position"] for message in ack["messages"]] == [6, 7, 8, 9]
    assert ack["more"] is True


def test_a_page_holds_one_message_at_least_however_long(
    database: Database, cast: Cast, olive: Client
) -> None:
    longest = "é" * 1_000_000
    where = filled(database, cast, ["Before", longest, "After"])

    ack = olive.ask("history", {"conversation": where, "before": 3})

    assert [message["content"] for message in ack["messages"]] == [longest]
    assert ack["more"] is True


def filled(database: Database, cast: Cast, texts: Texts) -> str:
    """Return a conversation of Olive and Max that has these messages."""
    where = database.conversation(cast.olive, cast.max)
    database.write(lambda: _fill(where, texts))
    return where


def _fill(where: str, texts: Texts) -> None:
    conversation = db.session.scalars(db.select(Conversation).filter_by(public_id=where)).one()
    for text in texts:
        Message.add(conversation, Role.USER, text, seq=1, status=Status.COMPLETE)


def contents(reader: Reader) -> Texts:
    """Return what a reader shows, in order."""
    messages = sorted(reader.log.messages.values(), key=lambda m: m.about["position"])
    return [message.content for message in messages]
