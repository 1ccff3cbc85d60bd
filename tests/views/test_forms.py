"""The forms of a conversation page: asking, stopping and retrying without JavaScript."""

from __future__ import annotations

import re

import pytest

from app.views import conversations
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness

KEY = re.compile(r'name="key" value="([^"]+)"')


def test_a_form_asks_a_question(harness: Harness, conversation: str, olive: Browser) -> None:
    here = f"/conversations/{conversation}"
    answer = olive.post(f"{here}/messages", form_on=here, content="Hi\r\nthere")
    assert answer.location == f"{here}#latest"
    question, reply = harness.database.messages(conversation)
    assert (question.content, reply.status) == ("Hi\nthere", "streaming")


def test_a_form_sent_again_with_another_text_asks_another_question(
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


def test_blank_and_too_long_questions_are_refused(
    harness: Harness, conversation: str, olive: Browser
) -> None:
    for content in ("", " \r\n"):
        answer = olive.post(f"/conversations/{conversation}/messages", content=content)
        assert answer.status_code == 400
    long = olive.post(f"/conversations/{conversation}/messages", content="x" * 32_001)
    assert long.status_code == 413
    assert harness.database.messages(conversation) == []


def test_forms_stop_and_retry_an_answer(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.begin(conversation, cast.max)
    message = f"/conversations/{conversation}/messages/{answer.public_id}"
    assert olive.post(f"{message}/stop").status_code == 302
    assert harness.database.message(answer.public_id).status == "stopped"
    assert olive.post(f"{message}/stop").status_code == 409
    assert olive.post(f"{message}/retry").status_code == 302
    _, reply = harness.database.messages(conversation)
    assert (reply.status, reply.id == answer.public_id) == ("streaming", False)


def test_a_message_is_found_only_in_its_own_conversation(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    answer = harness.begin(conversation, cast.max)
    other = harness.database.conversation(cast.olive)
    for act in ("stop", "retry"):
        where = f"/conversations/{other}/messages/{answer.public_id}/{act}"
        assert olive.post(where).status_code == 404
    assert harness.database.message(answer.public_id).status == "streaming"


def test_a_member_removed_after_authorization_sees_nothing(
    harness: Harness,
    cast: Cast,
    conversation: str,
    olive: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def check_allowed(_: str) -> None:
        harness.database.remove_member(conversation, cast.olive)

    assert olive.open(f"/conversations/{conversation}").status_code == 200
    monkeypatch.setattr(conversations, "check_allowed", check_allowed)
    assert olive.open(f"/conversations/{conversation}").status_code == 404
