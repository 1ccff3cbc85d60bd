"""On PostgreSQL, too: whatever two people do at the same moment, there is one owner, an
administrator, and no more of anything than there may be."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask

from app.database import write
from app.errors import DomainError
from app.extensions import db
from app.models import Assistant, Conversation, Link, Share, User, pins
from app.models.deleting import delete_person
from app.models.link import join_by_link
from app.models.rights import Action, MemberRole
from app.models.user import ADMINISTRATORS_ONLY, members_of
from app.providers import Text
from tests.models.on_postgres.test_people import at_once, roles
from tests.support.at_the_limit import check_that_it_is_kept
from tests.support.browser import Browser
from tests.support.cast import Cast, Person
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.sample_files import picture

pytestmark = pytest.mark.postgres

ROUNDS = 5  # of what may go either way


def test_a_message_is_pinned_once_and_no_more_than_there_may_be(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        harness.answered(conversation, cast.olive, Text("Yes."))
    key, olive, max = harness.key(conversation), harness.user(cast.olive), harness.user(cast.max)
    ids = [harness.message_key(each.id) for each in harness.database.messages(conversation)]

    def pin(message: int, user: int, on: bool = True) -> Callable[[], object]:
        return lambda: pins.pin(db.session.get_one(Conversation, key), message, user, on=on)

    def pinned() -> list[int]:
        here = db.session.get_one(Conversation, key)
        return [here.pins, len(pins.pinned_in(here))]

    for on, expected in ((True, 1), (False, 0)):
        changes = [pin(ids[0], user, on) for user in (olive, max) * 4]
        assert at_once(harness, *changes) == 8, "that it is so already is no error"
        assert harness.database.read(pinned) == [expected] * 2
    monkeypatch.setattr(pins, "MAX_PINS", 3)
    assert at_once(harness, *(pin(each, max) for each in ids)) == 3
    assert harness.database.read(pinned) == [3, 3]


def test_of_two_with_the_last_use_of_a_link_one_gets_in_and_of_one_twice_nothing_is_lost(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    key = harness.key(conversation)
    for number in range(ROUNDS):
        first, second, twice = (
            harness.user(harness.database.bot(f"Guest {number} {each}")) for each in "abc"
        )
        assert joined(harness, key, 1, first, second) == 1
        assert roles(harness, conversation).count("reader") == 2 * number + 1
        assert joined(harness, key, 2, twice, twice) == 2
        assert roles(harness, conversation).count("reader") == 2 * number + 2
    used = harness.database.read(lambda: [each.uses for each in db.session.scalars(Link.into(key))])
    assert used == [1] * ROUNDS, "the second time used nothing up; the other links are used up"


def joined(harness: Harness, key: int, uses: int, *users: int) -> int:
    """Let people join by one link at the same moment; return how many were not refused."""
    secret = harness.database.write(lambda: link_into(key, uses))
    return at_once(harness, *(lambda user=user: join_by_link(secret, user) for user in users))


def link_into(key: int, uses: int) -> str:
    here = db.session.get_one(Conversation, key)
    return Link.create_into(here, MemberRole.READER, timedelta(days=1), uses)


@pytest.mark.parametrize("how", ["leaves", "is removed", "is deleted"])
def test_there_is_always_one_owner(app: Flask, harness: Harness, how: str) -> None:
    """While the conversation is handed over to somebody who leaves, is removed or deleted; and
    while its owner and this person are deleted, so that it goes to a third."""
    for number in range(ROUNDS):
        first, second, third = (person(harness, f"{each} {number}") for each in ("A", "B", "C"))
        conversation = harness.database.conversation(first, second, third)
        key, owner, heir = harness.key(conversation), harness.user(first), harness.user(second)
        together(app, goes(key, owner, heir, how), hands_over(key, owner, heir))
        assert owners(harness, key) == 1
        together(app, deletes(owner), deletes(heir))
        assert owners(harness, key) == 1
        assert names(harness, key) == [third.name]


def goes(key: int, owner: int, heir: int, how: str) -> Callable[[], object]:
    if how == "is deleted":
        return deletes(heir)

    def work() -> None:
        by, action = (heir, Action.LEAVE) if how == "leaves" else (owner, Action.MANAGE)
        db.session.get_one(Conversation, key).allow(by, action).remove_member(heir)

    return lambda: write(work)


def hands_over(key: int, owner: int, heir: int) -> Callable[[], object]:
    here = lambda: db.session.get_one(Conversation, key).allow(owner, Action.MANAGE)  # noqa: E731
    return lambda: write(lambda: here().hand_over(heir))


def deletes(user: int) -> Callable[[], object]:
    return lambda: delete_person(user)


def names(harness: Harness, key: int) -> list[str]:
    return [each.name for each in harness.database.read(lambda: members_of([key])[key])]


def person(harness: Harness, name: str) -> Person:
    """Return somebody with an account, who is no bot: a bot gets no conversation."""

    def work() -> None:
        db.session.add(User(email=Person(name, "").email, name=name, password_hash=""))

    harness.database.write(work)
    return Person(name, "")


def owners(harness: Harness, key: int) -> int:
    found = harness.database.read(lambda: members_of([key])[key])
    return sum(each.role == MemberRole.OWNER for each in found)


def together(app: Flask, *works: Callable[[], object]) -> list[str]:
    """Do some things at the same moment; return the sentences of what was refused."""
    refused: list[str] = []

    def run(work: Callable[[], object]) -> None:
        with app.app_context():
            try:
                work()
            except DomainError as error:
                refused.append(error.sentence)

    with ThreadPoolExecutor(len(works)) as pool:
        list(pool.map(run, works))
    return refused


def test_of_two_administrators_who_delete_each_other_one_stays(
    app: Flask, harness: Harness, cast: Cast
) -> None:
    """And the other one is told why nothing happens, and not that the server can't do it."""
    one, other = (harness.user(each) for each in (cast.olive, cast.max))
    set_admin(harness, [one, other])
    both = threading.Barrier(2)
    refused = together(app, deletes_as(one, other, both), deletes_as(other, one, both))
    assert refused == [ADMINISTRATORS_ONLY]
    assert len(administrators(harness)) == 1


def deletes_as(admin: int, other: int, both: threading.Barrier) -> Callable[[], object]:
    """Delete somebody as an administrator; where two are allowed to at once, both are before either
    does."""

    def allow() -> None:
        User.allow_admin(admin)
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)

    def as_admin(work: Callable[[], None]) -> None:
        write(lambda: (allow(), work()))

    return lambda: delete_person(other, as_admin)


def administrators(harness: Harness) -> list[str]:
    found = db.select(User.name).where(User.is_admin, User.deleted_at.is_(None))
    return list(harness.database.read(lambda: db.session.scalars(found).all()))


def set_admin(harness: Harness, keys: list[int]) -> None:
    changed = db.update(User).where(User.id.in_(keys)).values(is_admin=True)
    harness.database.write(lambda: db.session.execute(changed))


def test_there_are_no_more_assistants_and_share_links_than_there_may_be(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.models.assistant.MAX_ASSISTANTS", 3)
    monkeypatch.setattr("app.models.share.MAX_SHARES", 3)
    key, olive = harness.key(conversation), harness.user(cast.olive)
    names = [f"No. {number}" for number in range(8)]
    assert (
        at_once(harness, *(lambda name=name: Assistant.add(olive, name=name) for name in names))
        == 3
    )

    def share() -> object:
        here = db.session.get_one(Conversation, key).allow(olive, Action.SHARE)
        return Share.create(here, olive, timedelta(days=1), shows_names=True)

    assert at_once(harness, *[share] * 8) == 3


def test_a_limit_is_kept_by_two_processes(harness: Harness, cast: Cast) -> None:
    check_that_it_is_kept(harness, cast)


def test_an_assistant_that_is_changed_while_it_is_deleted(app: Flask, cast: Cast) -> None:
    """By forms of several tabs: each is done, or told that it is gone."""
    tabs = [Browser(app).signed_in(cast.olive) for _ in range(4)]
    forms = ("", "/picture", "/delete", "/delete")
    for _ in range(ROUNDS):
        tabs[0].post("/assistants", form_on="/assistants", name="Poet")
        page = tabs[0].open("/assistants").text
        [here] = re.findall(r'href="(/assistants/\w{32})"', page)
        tokens = [csrf_token(tab.open("/assistants").text) for tab in tabs]

        def send(number: int, here: str = here, tokens: list[str] = tokens) -> int:
            about = {"csrf_token": tokens[number], "name": "Other"}
            if forms[number] == "/picture":
                about["file"] = (BytesIO(picture()), "a.png")  # type: ignore[assignment]
            return tabs[number].post_bare(here + forms[number], **about).status_code

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(send, range(4)))
        assert set(answers) <= {302, 404}, answers
        assert 302 in answers[2:], "one has deleted it"
        assert here not in tabs[0].open("/assistants").text
