"""The form that edits a question; a refused text is not lost."""

from __future__ import annotations

import pytest

from app.models.questions import NOT_SHOWN
from app.providers import Text
from tests.support.browser import Browser, inside
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.fixture
def question(harness: Harness, cast: Cast, conversation: str) -> str:
    """The id of an answered question of Olive's."""
    harness.answered(conversation, cast.olive, Text("So."))
    return harness.database.messages(conversation)[0].id


def edit(browser: Browser, conversation: str, question: str, content: str) -> tuple[int, str]:
    """Send the form; return the status and the page."""
    path = f"/conversations/{conversation}/messages/{question}/edit"
    answer = browser.post(path, content=content)
    return answer.status_code, answer.text


def test_the_form_contains_the_question(olive: Browser, conversation: str, question: str) -> None:
    page = olive.open(f"/conversations/{conversation}?edit={question}").text
    assert inside(page, "composer-text").strip() == "And?"
    assert f'action="/conversations/{conversation}/messages/{question}/edit"' in page


def test_an_edit_replaces_the_question_and_its_answer(
    harness: Harness, olive: Browser, conversation: str, question: str
) -> None:
    assert edit(olive, conversation, question, "One\r\ntwo")[0] == 302
    asked, answer = harness.database.messages(conversation)
    assert asked.content == "One\ntwo"
    assert answer.status == "streaming"


@pytest.mark.parametrize("content", [" ", "\n" + "x" * 32_001])
def test_a_refused_text_stays_in_the_form(
    harness: Harness, olive: Browser, conversation: str, question: str, content: str
) -> None:
    status, page = edit(olive, conversation, question, content)
    assert status in (400, 413)
    assert inside(page, "composer-text") == f"\n{content}"
    assert inside(page, "composer-note")
    assert f"/messages/{question}/edit" in page
    assert [message.content for message in harness.database.messages(conversation)] == [
        "And?",
        "So.",
    ]


def test_an_edit_that_comes_too_late_can_be_sent_as_a_new_question(
    harness: Harness, olive: Browser, conversation: str, question: str
) -> None:
    assert edit(olive, conversation, question, "Meanwhile?")[0] == 302
    status, page = edit(olive, conversation, question, "Better?")
    assert (status, inside(page, "composer-note")) == (409, NOT_SHOWN)
    assert inside(page, "composer-text") == "\nBetter?"
    assert f'action="/conversations/{conversation}/messages"' in page


def test_an_edit_form_sent_again_repeats_the_edit_and_makes_no_other(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    harness.ask(conversation, cast.olive, "First?")
    first = harness.database.messages(conversation)[0].id
    where = f"/conversations/{conversation}/messages/{first}/edit"
    for status in (302, 302):
        assert olive.post(where, content="Better?", key="a form's").status_code == status
    assert olive.post(where, content="Best?", key="a form's").status_code == 409
    assert harness.database.messages(conversation)[0].content == "Better?"
