"""The last question is edited by a form, and nothing that was written in it is lost."""

from __future__ import annotations

import pytest

from app.models.editing import NOT_THE_LAST
from app.providers import Text
from tests.support.browser import Browser, inside
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.fixture
def question(harness: Harness, cast: Cast, conversation: str) -> str:
    """The id of a question of Olive's, which is answered."""
    harness.answered(conversation, cast.olive, Text("So."))
    return harness.database.messages(conversation)[0].id


def edit(browser: Browser, conversation: str, question: str, content: str) -> tuple[int, str]:
    """Send the form; return the status and the page."""
    path = f"/conversations/{conversation}/messages/{question}/edit"
    answer = browser.post(path, content=content)
    return answer.status_code, answer.text


def test_the_form_has_the_question(olive: Browser, conversation: str, question: str) -> None:
    page = olive.open(f"/conversations/{conversation}?edit={question}").text
    assert inside(page, "composer-text").strip() == "And?"
    assert f'action="/conversations/{conversation}/messages/{question}/edit"' in page


def test_the_question_and_its_answer_are_replaced(
    harness: Harness, olive: Browser, conversation: str, question: str
) -> None:
    assert edit(olive, conversation, question, "One\r\ntwo")[0] == 302
    asked, answer = harness.database.messages(conversation)
    assert asked.content == "One\ntwo"
    assert answer.status == "streaming"


@pytest.mark.parametrize("content", [" ", "\n" + "x" * 32_001])
def test_what_can_not_be_asked_stays_in_the_form(
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


def test_what_comes_too_late_can_still_be_asked(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, question: str
) -> None:
    harness.ask(conversation, cast.max, "Meanwhile?")
    status, page = edit(olive, conversation, question, "Better?")
    assert (status, inside(page, "composer-note")) == (409, NOT_THE_LAST)
    assert inside(page, "composer-text") == "\nBetter?"
    assert f'action="/conversations/{conversation}/messages"' in page


def test_nobody_edits_what_they_do_not_see(
    harness: Harness, eve: Browser, conversation: str, question: str
) -> None:
    assert edit(eve, conversation, question, "Mine?")[0] == 404
    assert eve.open(f"/conversations/{conversation}?edit={question}").status_code == 404
    own = harness.database.messages(conversation)[0]
    assert own.content == "And?"
