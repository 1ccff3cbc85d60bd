"""Texts are rendered once: after they are stored, or later by a sweep."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.extensions import db
from app.markdown import render
from app.models import Message
from app.models.columns import now
from app.models.log import Delta, append
from app.providers import Text
from app.rendering import renderer
from app.rendering.renderer import Renderer, as_text
from app.replies import storing_html
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness

LONG = "A *long* text. " * 100
HOUR = timedelta(hours=1)


@pytest.fixture
def busy(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let no long text be rendered; undo it to let them be rendered again."""
    monkeypatch.setattr(Renderer, "_in_turns", lambda *_: None)
    return monkeypatch


def age(harness: Harness) -> None:
    """Let an hour pass for all messages."""
    ended = {"created_at": now() - HOUR, "ended_at": now() - HOUR}
    harness.database.write(lambda: db.session.execute(update(Message).values(ended)))


@pytest.mark.parametrize("text", ["  *Why?*\n\n", LONG])
def test_a_question_is_stored_with_its_html_as_typed(
    harness: Harness, cast: Cast, conversation: str, text: str
) -> None:
    harness.ask(conversation, cast.olive, text)
    question = harness.database.messages(conversation)[0]
    assert harness.database.html(question.id) == f'<p dir="auto">{text}</p>'


def test_a_sweep_renders_a_question_as_typed(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.ask(conversation, cast.olive, "*Why?*")
    question = harness.database.messages(conversation)[0]
    harness.database.write(lambda: db.session.execute(update(Message).values(content_html=None)))
    age(harness)
    storing_html.store_missing()
    assert harness.database.html(question.id) == '<p dir="auto">*Why?*</p>'


def test_a_text_that_can_not_be_rendered_does_not_keep_its_answer_from_ending(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise RecursionError

    monkeypatch.setattr(renderer, "render", fail)
    harness.app.extensions["renderer"].worker.step = fail
    answers = []
    for text in ("<b>short", "<b>" + LONG):
        answer = harness.answered(conversation, cast.olive, Text(text))
        storing_html.store_html_of(answer.message_id)
        answers.append((harness.database.message(answer.public_id).status, answer.public_id, text))
    for status, id, text in answers:
        assert status == "complete"
        assert harness.database.html(id) == as_text(text)


def test_a_sweep_renders_what_was_left(
    harness: Harness, cast: Cast, conversation: str, busy: pytest.MonkeyPatch
) -> None:
    answer = harness.answered(conversation, cast.olive, Text(LONG))
    harness.run_later()
    assert harness.database.html(answer.public_id) is None
    busy.undo()
    storing_html.store_missing()
    assert harness.database.html(answer.public_id) is None, "its own process may be at it"

    age(harness)
    storing_html.store_missing()

    assert harness.database.html(answer.public_id) == render(LONG)


def test_a_sweep_renders_some_and_the_next_one_the_others(
    harness: Harness, cast: Cast, busy: pytest.MonkeyPatch
) -> None:
    busy.setattr(storing_html, "MISSING_AT_ONCE", 2)
    places = [harness.database.conversation(cast.olive) for _ in range(3)]
    ids = [harness.answered(where, cast.olive, Text(LONG)).public_id for where in places]
    age(harness)

    def missing() -> list[bool]:
        return [harness.database.html(id) is None for id in ids]

    storing_html.store_missing()
    assert missing() == [True, True, True], "there must be no time for it yet"
    busy.undo()
    busy.setattr(storing_html, "MISSING_AT_ONCE", 2)
    storing_html.store_missing()
    assert missing() == [False, False, True]
    storing_html.store_missing()
    assert missing() == [False, False, False]


def test_a_page_shows_text_for_what_can_not_be_rendered_soon(
    harness: Harness, cast: Cast, conversation: str, busy: pytest.MonkeyPatch
) -> None:
    answer = harness.begin(conversation, cast.olive)
    harness.database.write(lambda: _write_log(answer.message_id, LONG))
    olive = Browser(harness.app).signed_in(cast.olive)
    assert as_text(LONG) in olive.open(f"/conversations/{conversation}").text
    busy.undo()
    assert render(LONG) in olive.open(f"/conversations/{conversation}").text


def _write_log(message_id: int, text: str) -> None:
    append({message_id: Delta(0, 1, text, "")})
