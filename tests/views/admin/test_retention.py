"""Retention: what goes by itself, what stays, and the trial that says so."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from app import replies
from app.extensions import db
from app.models import Conversation, audit, retention
from app.models.audit import Filter
from app.models.columns import now
from app.models.retention import Retention
from app.providers import Text
from app.server import sweeping
from app.server.sweeping import sweep_conversations, sweep_hourly, sweep_overdue
from app.sockets.control_events import ControlEventHandler
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness

PAGE = "/admin/retention"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "DELETION_PAUSE_SECONDS", 0)


def aged(harness: Harness, cast: Cast, days: int, title: str = "Old") -> str:
    """Make a conversation in which somebody has written last so long ago."""
    where = harness.database.conversation(cast.olive, cast.max, title=title)
    harness.answered(where, cast.olive, Text("Because."))
    age(harness, where, updated_at=now() - timedelta(days=days, minutes=1))
    return where


def age(harness: Harness, where: str, **values: object) -> None:
    changed = db.update(Conversation).filter_by(public_id=where).values(**values)
    harness.database.write(lambda: db.session.execute(changed))


def left(harness: Harness) -> set[str]:
    there = db.select(Conversation.public_id).where(Conversation.deleted_at.is_(None))
    return set(harness.database.read(lambda: db.session.scalars(there).all()))


def test_by_default_nothing_goes(harness: Harness, cast: Cast, admin: Browser) -> None:
    where = aged(harness, cast, 10_000)
    assert "Conversations stay until somebody deletes them" in admin.open(PAGE).text
    assert sweep_overdue() == 0
    assert left(harness) == {where}
    assert "in which nobody writes" not in admin.open("/conversations").text


def test_a_trial_says_what_would_go_and_changes_nothing(
    harness: Harness, cast: Cast, admin: Browser
) -> None:
    wheres = {aged(harness, cast, days) for days in (29, 30, 60)}
    page = " ".join(admin.open(f"{PAGE}?days=30&pinned=keep").text.split())
    assert "Now 2 conversations with 4 messages would go." in page
    oldest = now() - timedelta(days=60, minutes=1)
    assert "written last on <time" in page and f"{oldest:%-d %b %Y}" in page
    assert "Nothing would go now" in admin.open(f"{PAGE}?days=90").text
    assert sweep_overdue() == 0
    assert left(harness) == wheres


def test_what_is_set_goes_and_its_readers_are_told(
    harness: Harness, cast: Cast, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = ControlEventHandler()
    handler.handle_new()
    old, new = aged(harness, cast, 31), aged(harness, cast, 29)
    untried = admin.post(PAGE, form_on=PAGE, days="30", pinned="keep")
    assert (untried.status_code, "Try it first" in untried.text) == (400, True)
    assert left(harness) == {old, new}
    tried = f"{PAGE}?days=30&pinned=keep"
    assert admin.post(PAGE, form_on=tried, days="30", tried="30", pinned="keep").location == PAGE
    page = " ".join(admin.open(PAGE).text.split())
    assert "go when nobody has written in them for 30 days, unless something is pinned" in page
    assert "in which nobody writes for 30 days" in admin.open("/conversations").text
    reader, other = harness.reader(cast.max, old), harness.reader(cast.max, new)
    monkeypatch.setattr(retention, "LOOKED_AT", 1)
    sweep_hourly()
    handler.handle_new()
    assert left(harness) == {new}
    assert "rejoin" in reader.names() and "rejoin" not in other.names()
    assert reader.ask("join", {"conversation": old})["error"] == "not_found"
    age(harness, old, deleted_at=now() - timedelta(hours=1))
    sweep_conversations()
    everything = db.select(Conversation.public_id)
    assert harness.database.read(lambda: db.session.scalars(everything).all()) == [new]
    logged = [event.detail for event in audit.all_of(Filter(kind="retention"))]
    assert logged == ["1 conversations deleted", "after 30 days, not what is pinned"]

    assert admin.post(f"{PAGE}/off", form_on=PAGE).location == PAGE
    assert "Conversations stay" in admin.open(PAGE).text
    age(harness, new, updated_at=now() - timedelta(days=900))
    assert sweep_overdue() == 0
    assert left(harness) == {new}


def test_what_is_pinned_or_written_in_stays(harness: Harness, cast: Cast) -> None:
    in_list, with_message, streaming, waiting, _ = (aged(harness, cast, 90) for _ in range(5))
    database, max_key = harness.database, harness.user(cast.max)
    key = harness.key(in_list)
    database.write(lambda: db.session.get_one(Conversation, key).pin(max_key, True))
    message = harness.message_key(database.messages(with_message)[0].id)
    replies.pin(message, max_key, on=True)
    harness.begin(streaming, cast.olive)
    harness.begin(waiting, cast.olive)
    harness.ask(waiting, cast.olive)
    for where in (in_list, with_message, streaming, waiting):
        age(harness, where, updated_at=now() - timedelta(days=90))
    database.write(Retention(30).store)
    assert sweep_overdue() == 1
    assert left(harness) == {in_list, with_message, streaming, waiting}
    database.write(Retention(30, keeps_pinned=False).store)
    assert sweep_overdue() == 2
    assert left(harness) == {streaming, waiting}


def test_who_writes_at_the_same_moment_keeps_the_conversation(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = aged(harness, cast, 90)
    harness.database.write(Retention(30).store)
    overdue_among = retention.overdue_among

    def write_after(first: int, last: int) -> object:
        found = overdue_among(first, last)
        age(harness, where, updated_at=now())
        return found

    monkeypatch.setattr(retention, "overdue_among", write_after)
    assert sweep_overdue() == 0
    assert left(harness) == {where}


def test_what_was_removed_or_turned_off_meanwhile_is_no_error(harness: Harness) -> None:
    assert harness.database.write(lambda: retention.delete_overdue(1)) is False
    harness.database.write(Retention(30).store)
    assert harness.database.write(lambda: retention.delete_overdue(10**6)) is False


@pytest.mark.parametrize("days", ["0", "-1", "36501", "1.5", "x", "9" * 30])
def test_odd_numbers_are_refused(app: Flask, admin: Browser, days: str) -> None:
    for refused in (
        admin.open(f"{PAGE}?days={days}"),
        admin.post(PAGE, form_on=PAGE, days=days, tried=days),
    ):
        assert refused.status_code == 400
        assert re.search(r'id="problem-days"', refused.text)
    assert admin.open(f"{PAGE}/off").location == PAGE
