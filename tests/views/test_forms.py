"""The forms of a conversation: asking, stopping and retrying without JavaScript."""

from __future__ import annotations

import pytest

from app.views import conversations
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness


def test_a_question_is_asked_with_a_form(
    harness: Harness, conversation: str, olive: Browser
) -> None:
    here = f"/conversations/{conversation}"
    answer = olive.post(f"{here}/messages", form_on=here, content="Hi\r\nthere")
    assert answer.location == f"{here}#latest"
    question, reply = harness.database.messages(conversation)
    assert (question.content, reply.status) == ("Hi\nthere", "streaming")


def test_the_same_form_sent_twice_asks_once(
    harness: Harness, conversation: str, olive: Browser
) -> None:
    for _ in range(2):
        where = f"/conversations/{conversation}/messages"
        assert olive.post(where, content="Hi", key="a form's own").status_code == 302
    assert len(harness.database.messages(conversation)) == 2


def test_a_blank_question_is_refused(harness: Harness, conversation: str, olive: Browser) -> None:
    for content in ("", " \r\n"):
        answer = olive.post(f"/conversations/{conversation}/messages", content=content)
        assert answer.status_code == 400
    long = olive.post(f"/conversations/{conversation}/messages", content="x" * 32_001)
    assert long.status_code == 413
    assert harness.database.messages(conversation) == []


def test_an_answer_is_stopped_and_retried_with_forms(
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


def test_who_was_removed_since_the_look_up_sees_nothing(
    harness: Harness,
    cast: Cast,
    conversation: str,
    olive: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def authorize(_: str) -> None:
        harness.database.dismiss(conversation, cast.olive)

    assert olive.open(f"/conversations/{conversation}").status_code == 200
    monkeypatch.setattr(conversations, "authorize", authorize)
    assert olive.open(f"/conversations/{conversation}").status_code == 404
