"""What a page must do for who runs no scripts: nothing gets lost, and it goes on by itself."""

from __future__ import annotations

import re

from app.models import Status
from app.replies import generation
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness

KEY = re.compile(r'name="key" value="([^"]+)"')
NOSCRIPT = re.compile(r"<noscript>(.*?)</noscript>", re.DOTALL)


def test_an_old_form_that_says_something_else_asks_something_else(
    harness: Harness, conversation: str, olive: Browser
) -> None:
    here = f"/conversations/{conversation}"
    found = KEY.search(olive.open(here).text)
    assert found
    for content in ("First?", "Second?", "Second?", "First?"):
        answer = olive.post(f"{here}/messages", form_on=here, content=content, key=found[1])
        assert answer.status_code == 302
    asked = [each for each in harness.database.messages(conversation) if each.role == "user"]
    assert [each.content for each in asked] == ["First?", "Second?"]


def test_an_old_form_edits_what_it_edited_and_nothing_else(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    harness.ask(conversation, cast.olive, "First?")
    first = harness.database.messages(conversation)[0].id
    where = f"/conversations/{conversation}/messages/{first}/edit"
    for status in (302, 302):
        assert olive.post(where, content="Better?", key="a form's").status_code == status
    assert olive.post(where, content="Best?", key="a form's").status_code == 409
    assert harness.database.messages(conversation)[0].content == "Better?"


def test_it_loads_itself_again_while_a_question_waits_for_its_turn(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    first = harness.begin(conversation, cast.olive)
    harness.ask(conversation, cast.max, "And mine?")
    first.end(Status.COMPLETE)
    harness.flush()
    assert "streaming" not in [each.status for each in harness.database.messages(conversation)]
    assert _loads_itself_again(olive, conversation)

    generation.conclude(first.message_id)

    assert [each.status for each in harness.database.messages(conversation)][-1] == "streaming"
    assert _loads_itself_again(olive, conversation)


def _loads_itself_again(browser: Browser, conversation: str) -> bool:
    noscript = NOSCRIPT.findall(browser.open(f"/conversations/{conversation}").text)
    return any('http-equiv="refresh"' in each for each in noscript)
