"""A conversation is named after its first answer, by the model that TITLE_MODEL names."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from app.extensions import db
from app.models import Conversation
from app.providers import Text, Thinking
from app.providers.base import PermanentError
from app.replies import generation, titles
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.scripted_models import ScriptedModels

QUESTION = "Why is the sky blue?"


@pytest.fixture
def where(harness: Harness, cast: Cast) -> str:
    """A conversation without a title, and a model for titles."""
    config = replace(harness.app.extensions["config"], title_model="demo")
    harness.app.extensions["config"] = config
    return harness.database.conversation(cast.olive, title="")


def answered(harness: Harness, cast: Cast, where: str, *says: object) -> ScriptedModels:
    """Ask, answer, and let the model say something when it is asked for a title."""
    answer = harness.begin(where, cast.olive, QUESTION)
    generation.add_event(answer, Text("Because of how air scatters light."))
    answer.end(titles.Status.COMPLETE)
    harness.flush()
    script = harness.script(*says)  # type: ignore[arg-type]
    generation.conclude(answer.message_id)
    return script


def title(harness: Harness, where: str) -> str:
    found = db.select(Conversation.title).filter_by(public_id=where)
    return harness.database.read(lambda: db.session.scalars(found).one())


def run(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(titles, "socketio", SimpleNamespace(sleep=lambda _seconds: None))
    harness.run_later()


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("Blue sky", "Blue sky"),
        ('  "**Blue** sky." \n', "Blue sky"),
        ("# „Blauer Himmel“", "Blauer Himmel"),
        ("青い空", "青い空"),
        ("Blue\x07\nsky", "Blue sky"),
    ],
)
def test_the_model_names_it(
    harness: Harness,
    cast: Cast,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
    says: str,
    expected: str,
) -> None:
    script = answered(harness, cast, where, Thinking("Hm."), Text(says))
    assert title(harness, where) == QUESTION, "until then it has the question's"
    run(harness, monkeypatch)
    assert title(harness, where) == expected
    [[turn]] = script.heard
    assert QUESTION in turn.content and "scatters" in turn.content
    assert script.streams[0].closed


@pytest.mark.parametrize(
    "says",
    [
        [],
        [Text(' "." ')],
        [PermanentError("There is no such model.")],
        [Text("Blue"), RuntimeError("a defect")],
    ],
)
def test_a_failure_is_harmless(
    harness: Harness,
    cast: Cast,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
    says: list[object],
) -> None:
    answered(harness, cast, where, *says)
    run(harness, monkeypatch)
    assert title(harness, where) == QUESTION


def test_what_the_model_says_is_bounded(
    harness: Harness, cast: Cast, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = answered(harness, cast, where, *[Text("word " * 20)] * 100)
    run(harness, monkeypatch)
    assert len(script.streams[0].left) > 90
    assert len(title(harness, where)) <= 60


def test_a_name_that_somebody_has_given_meanwhile_stays(
    harness: Harness, cast: Cast, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(harness, cast, where, Text("Blue sky"))
    key = harness.key(where)
    harness.database.write(lambda: db.session.get_one(Conversation, key).rename("Mine"))
    run(harness, monkeypatch)
    assert title(harness, where) == "Mine"


def test_only_the_first_complete_answer_is_named_after(
    harness: Harness, cast: Cast, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(harness, cast, where)
    run(harness, monkeypatch)
    script = answered(harness, cast, where, Text("Later"))
    run(harness, monkeypatch)
    assert (title(harness, where), script.heard) == (QUESTION, [])


def test_what_has_a_title_keeps_it(harness: Harness, cast: Cast, where: str) -> None:
    titled = harness.database.conversation(cast.olive, title="Plans")
    script = answered(harness, cast, titled, Text("Blue sky"))
    assert not harness.later and script.heard == []


def test_an_answer_that_failed_names_nothing(harness: Harness, cast: Cast, where: str) -> None:
    answer = harness.begin(where, cast.olive, QUESTION)
    answer.end(titles.Status.FAILED, "Too bad.")
    harness.flush()
    generation.conclude(answer.message_id)
    titles.title_by_model(10**6)
    assert not harness.later


def test_without_a_model_for_titles_none_is_asked(harness: Harness, cast: Cast) -> None:
    where = harness.database.conversation(cast.olive, title="")
    answered(harness, cast, where, Text("Blue sky"))
    assert not harness.later


def test_while_too_many_are_asked_for_none_is(
    harness: Harness, cast: Cast, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(titles, "WAIT_SECONDS", 0)
    script = answered(harness, cast, where, Text("Blue sky"))
    with titles._slots, titles._slots:
        run(harness, monkeypatch)
    assert (title(harness, where), script.heard) == (QUESTION, [])


def test_a_conversation_that_is_gone_is_not_named(
    harness: Harness, cast: Cast, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(harness, cast, where, Text("Blue sky"))
    key = harness.key(where)
    gone = db.delete(Conversation).where(Conversation.id == key)
    harness.database.write(lambda: db.session.execute(gone))
    run(harness, monkeypatch)
