"""Texts are rendered once: after they are stored, or later by a sweep."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from app import background
from app.extensions import db
from app.markdown import render
from app.models import Message, ending
from app.models.appending import append
from app.models.columns import now
from app.models.log import Delta
from app.providers import Text
from app.rendering import renderer
from app.rendering.process import NoReply
from app.rendering.renderer import Renderer, as_text
from app.rendering.worker import Texts
from app.replies import storing_html
from app.replies.storing_html import MissingHtml
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.clock import Clock
from tests.support.harness import Harness

LONG = "A *long* text. " * 100
HOUR = timedelta(hours=1)


@pytest.fixture
def busy(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let no long text be rendered; undo it to let them be rendered again."""
    monkeypatch.setattr(Renderer, "_in_turns", lambda *_: None)
    return monkeypatch


@pytest.fixture
def missing_html() -> MissingHtml:
    return MissingHtml()


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
    harness: Harness, cast: Cast, conversation: str, missing_html: MissingHtml
) -> None:
    harness.ask(conversation, cast.olive, "*Why?*")
    question = harness.database.messages(conversation)[0]
    harness.database.write(lambda: db.session.execute(update(Message).values(content_html=None)))
    age(harness)
    missing_html.store()
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
    harness: Harness,
    cast: Cast,
    conversation: str,
    busy: pytest.MonkeyPatch,
    missing_html: MissingHtml,
) -> None:
    answer = harness.answered(conversation, cast.olive, Text(LONG))
    harness.run_later()
    assert harness.database.html(answer.public_id) is None
    busy.undo()
    missing_html.store()
    assert harness.database.html(answer.public_id) is None, "its own process may be at it"

    age(harness)
    missing_html.store()

    assert harness.database.html(answer.public_id) == render(LONG)


def test_a_sweep_renders_some_and_the_next_one_the_others(
    harness: Harness, cast: Cast, busy: pytest.MonkeyPatch, missing_html: MissingHtml
) -> None:
    places = [harness.database.conversation(cast.olive) for _ in range(3)]
    ids = [harness.answered(where, cast.olive, Text(LONG)).public_id for where in places]
    age(harness)
    busy.undo()
    busy.setattr(storing_html, "MISSING_AT_ONCE", 2)

    def missing() -> list[bool]:
        return [harness.database.html(id) is None for id in ids]

    missing_html.store()
    assert missing() == [False, False, True]
    missing_html.store()
    assert missing() == [False, False, False]


def test_texts_that_can_not_be_rendered_now_hold_up_no_other(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch, missing_html: MissingHtml
) -> None:
    clock = Clock()
    for module in (background, renderer):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(storing_html, "MISSING_AT_ONCE", 2)
    places = [harness.database.conversation(cast.olive) for _ in range(3)]
    answers = [harness.answered(where, cast.olive, Text(LONG)) for where in places]
    starved = {answer.message_id for answer in answers[:2]}
    step = Texts.step

    def no_reply_for_some(self: Texts, key: int, text: str, is_open: bool) -> str | None:
        if key in starved:
            raise NoReply
        return step(self, key, text, is_open)

    monkeypatch.setattr(Texts, "step", no_reply_for_some)
    age(harness)
    for _ in range(2):
        missing_html.store()

    def missing() -> list[bool]:
        return [harness.database.html(answer.public_id) is None for answer in answers]

    assert missing() == [True, True, False]
    starved.clear()
    clock.sleep(60.0)
    missing_html.store()
    assert missing() == [False, False, False]
    assert harness.database.html(answers[0].public_id) == render(LONG)


def test_a_text_whose_html_can_not_be_stored_holds_up_no_other(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch, missing_html: MissingHtml
) -> None:
    monkeypatch.setattr(background, "time", Clock())
    monkeypatch.setattr(storing_html, "MISSING_AT_ONCE", 2)
    places = [harness.database.conversation(cast.olive) for _ in range(4)]
    answers = [harness.answered(where, cast.olive, Text(LONG)) for where in places]
    bad = {answer.message_id for answer in answers[:2]}
    store_html = ending.store_html
    tries: list[int] = []

    def fail_for_some(message_id: int, html: str) -> None:
        tries.append(message_id)
        if message_id in bad:
            raise OverflowError
        store_html(message_id, html)

    monkeypatch.setattr(ending, "store_html", fail_for_some)
    age(harness)
    for _ in range(3):
        missing_html.store()

    stored = [harness.database.html(answer.public_id) is not None for answer in answers]
    assert stored == [False, False, True, True]
    assert sorted(tries) == sorted(answer.message_id for answer in answers), "each once"


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
    append(db.session.connection(), {message_id: Delta(0, 1, text, "")})
