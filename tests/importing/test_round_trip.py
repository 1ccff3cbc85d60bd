"""What is exported and imported again is the same, in all that docs/people.md says is kept."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from itertools import count
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database import read, write
from app.errors import DomainError
from app.exporting.archive import write_archive
from app.exporting.conversation import JSON
from app.extensions import db
from app.models import Conversation, Message, questions
from app.models.message import Status
from app.models.pins import pin
from app.models.questions import Question
from app.models.reactions import react
from tests.importing.conftest import Imports
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.support.harness import Harness
from tests.support.talk import Talk

pytestmark = pytest.mark.no_cover  # it runs what others run, with many values

KEPT = (
    *("role", "content", "thinking", "model", "asks", "mentions", "error", "note", "cut"),
    *("pinned", "stats", "created_at"),
)
OF_CONVERSATIONS = ("title", "asking", "created_at", "updated_at", "settings")
STEPS = (
    "ask",
    "others",
    "note",
    "edit",
    "retry",
    "choose",
    "react",
    "pin",
    "cut",
    "quote",
    "stream",
)
NUMBERS = count(1)


class Steps:
    """Does anything that people do in a conversation, where that is possible at the moment."""

    def __init__(self, harness: Harness, cast: Cast, conversation: str) -> None:
        self.harness, self.cast, self.conversation = harness, cast, conversation
        self.talk = Talk(harness, cast, conversation)
        self.number = 0

    def do(self, step: str) -> None:
        self.number += 1
        with suppress(DomainError, ArithmeticError, IndexError, AssertionError):
            getattr(self, step)()
        self.harness.later.clear()

    def ask(self) -> None:
        if not self._streaming():
            self.talk.ask(f"Question {self.number}", f"Answer {self.number}")

    def others(self) -> None:
        if not self._streaming():
            self.talk.ask(f"Question {self.number}", "Yes", self.cast.max)

    def stream(self) -> None:
        self.talk.ask(f"Question {self.number}", None)

    def note(self) -> None:
        about = {"asks": (), "mentions": ("Max",)}
        question = Question(self._user(self.cast.max), f"@Max {self.number}", "<p></p>", **about)
        self.talk._change(lambda here: questions.ask(here, question))

    def quote(self) -> None:
        quotes = self._shown()[0].public_id
        question = Question(self._user(self.cast.olive), "> q", "<p></p>", asks=(), quotes=quotes)
        self.talk._change(lambda here: questions.ask(here, question))

    def edit(self) -> None:
        mine = [m for m in self._shown() if m.author_name == "Olive" and m.asks is None]
        self.talk.edit(mine[self.number % len(mine)].content, f"Edited {self.number}")

    def retry(self) -> None:
        self.talk.retry(f"Again {self.number}", model=f"model {self.number % 2}")

    def choose(self) -> None:
        several = [m for m in self._shown() if m.versions > 1]
        found = several[self.number % len(several)]
        about = (found.public_id, self.talk.user_id, 1 + self.number % found.versions)
        self.talk._change(lambda here: questions.choose(here, *about))

    def react(self) -> None:
        found = self._shown()[-1]
        for person, emoji in ((self.cast.olive, "🎉"), (self.cast.max, "👍")):
            key = self._user(person)
            write(lambda key=key, emoji=emoji: react(self._row(), found.id, key, emoji, on=True))

    def pin(self) -> None:
        found = self._shown()[-1]
        write(lambda: pin(self._row(), found.id, self._user(self.cast.max), on=True))

    def cut(self) -> None:
        answers = [m.id for m in self._shown() if m.role == "assistant" and not m.is_streaming]
        about = {"is_cut": True, "note": "Cut.", "thinking": "Hm.", "input_tokens": 7}
        write(lambda: _change(answers[-1], about))

    def _shown(self) -> list[Message]:
        return read(lambda: _detached(self._row()))

    def _streaming(self) -> bool:
        return any(message.is_streaming for message in self._shown())

    def _row(self) -> Conversation:
        return db.session.get_one(Conversation, self.harness.key(self.conversation))

    def _user(self, person: Person) -> int:
        return self.harness.user(person)


def _change(key: int, about: dict[str, Any]) -> None:
    message = db.session.get_one(Message, key)
    for name, value in about.items():
        setattr(message, name, value)


def _detached(conversation: Conversation) -> list[Message]:
    found = db.session.scalars(Message.of(conversation).order_by(Message.position)).all()
    for each in found:
        db.session.expunge(each)
    return list(found)


def exported(imports: Imports, person: Person, title: str) -> dict[str, Any]:
    """Return what an export of all of a person's conversations says of one."""
    out = io.BytesIO()
    write_archive(imports.key(person), JSON, out, lambda *_: None)
    with ZipFile(out) as archive:
        assert archive.testzip() is None
        every = [json.loads(archive.read(name)) for name in archive.namelist()]
    return next(each for each in every if each["title"] == title)


def compared(found: dict[str, Any]) -> Any:
    """Return what is kept of a conversation: other messages are named by their place."""
    messages = sorted([*found["messages"], *found["hidden"]], key=lambda each: each["position"])
    order = {each["id"]: at for at, each in enumerate(messages)}
    me = found["exported_by"]["sender"]
    about = {name: found.get(name) for name in OF_CONVERSATIONS}
    return about, [_compared(each, order, me) for each in messages]


def _compared(message: dict[str, Any], order: dict[str, int], me: str) -> Any:
    kept = {name: message[name] for name in KEPT if name in message}
    kept["status"] = message["status"].replace(Status.STREAMING, Status.INTERRUPTED)
    kept["author"] = message.get("author", "").removesuffix(" (imported)")
    kept["mine"] = [r["emoji"] for r in message.get("reactions", []) if me in r["people"]]
    kept["version"] = message.get("version", 1)
    for name in ("hidden_with", "question", "quotes", "version_of"):
        kept[name] = order.get(message.get(name, ""))
    if message["status"] == Status.STREAMING:
        kept.pop("stats", None)
    return kept


@pytest.mark.timeout(600)  # seconds, where the machine has other things to do
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=14))
def test_an_export_that_is_imported_again_is_the_same(
    imports: Imports,
    harness: Harness,
    database: Database,
    cast: Cast,
    steps: list[str],
) -> None:
    conversation = database.conversation(cast.olive, cast.max)
    doing = Steps(harness, cast, conversation)
    doing.do("ask")
    for step in steps:
        doing.do(step)
    title = f"Copy {next(NUMBERS)}"
    write(lambda: doing._row().rename(title))
    before = exported(imports, cast.olive, title)
    write(lambda: doing._row().delete())

    report = imports.these(cast.olive, before)
    assert report["outcomes"] == {"added": 1}
    assert compared(exported(imports, cast.olive, title)) == compared(before)
    assert imports.these(cast.olive, before)["outcomes"] == {"unchanged": 1}


def test_the_versions_of_an_import_can_be_chosen_and_go_on(
    imports: Imports, harness: Harness, database: Database, cast: Cast
) -> None:
    conversation = database.conversation(cast.olive, cast.max)
    doing = Steps(harness, cast, conversation)
    for step in ("ask", "ask", "retry", "edit", "others", "pin", "react"):
        doing.do(step)
    write(lambda: doing._row().rename("Copied"))
    before = exported(imports, cast.olive, "Copied")
    assert before["hidden"], "precondition: there are versions"
    write(lambda: doing._row().delete())
    imports.these(cast.olive, before)
    copy = Steps(harness, cast, database.read(lambda: _id_of("Copied")))
    copy.do("choose")
    copy.talk.ask("And after all?", "Yes.")
    assert copy.talk.shown[-2:] == ["And after all?", "Yes."]


def test_our_own_conversation_is_not_doubled(
    imports: Imports, database: Database, harness: Harness, cast: Cast
) -> None:
    doing = Steps(harness, cast, database.conversation(cast.olive, cast.max))
    doing.do("ask")
    write(lambda: doing._row().rename("Here"))
    found = exported(imports, cast.olive, "Here")
    for person in (cast.olive, cast.max):
        report = imports.these(person, found)
        assert report["skipped"] == [["Here", "It is the same conversation that is here already."]]


def test_an_export_of_somebody_else_is_not_by_the_one_who_imports_it(
    imports: Imports, database: Database, harness: Harness, cast: Cast
) -> None:
    doing = Steps(harness, cast, database.conversation(cast.olive, cast.max))
    for step in ("ask", "others", "react"):
        doing.do(step)
    write(lambda: doing._row().rename("Theirs"))
    found = exported(imports, cast.olive, "Theirs")

    report = imports.these(cast.eve, found)
    assert report["notes"]["reactions of other people"] == 1
    assert report["outcomes"] == {"added": 1}
    mine = exported(imports, cast.eve, "Theirs")
    authors = [each.get("author") for each in mine["messages"] if each["role"] == "user"]
    assert authors == ["Olive (imported)", "Max (imported)"]
    assert all("sender" not in each and "reactions" not in each for each in mine["messages"])


def _id_of(title: str) -> str:
    alive = db.select(Conversation.public_id).where(Conversation.deleted_at.is_(None))
    return db.session.scalars(alive.where(Conversation.title == title)).one()
