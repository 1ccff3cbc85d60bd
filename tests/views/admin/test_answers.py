"""The administrators' page of running answers."""

from __future__ import annotations

import pytest

from app.models import running
from app.models.audit import Filter, all_of
from app.models.running import HAS_ENDED, STOPPED_BY
from app.models.timed_reading import TookTooLong
from app.replies.leases import LeaseKeeper
from app.sockets.control_events import ControlEventHandler
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness

PAGE = "/admin/answers"


def test_an_answer_is_shown_and_nothing_that_is_said_in_it(
    harness: Harness, admin: Browser, cast: Cast
) -> None:
    where = harness.database.conversation(cast.olive, title="My illness")
    answer = harness.begin(where, cast.olive, "What can I do about it?")
    harness.say(answer, "Drink tea. " * 30)
    page = admin.open(PAGE).text
    assert "just begun" in page
    LeaseKeeper(harness.runtime.group_commit, 1e6).run_once()
    page = admin.open(PAGE).text
    for shown in (where, cast.olive.email, "about 110 tokens", ", process "):
        assert shown in page
    for hidden in ("illness", "What can I", "tea", ">Olive<"):
        assert hidden not in page


def test_it_is_stopped_for_all_who_read_it_and_by_whichever_process_writes_it(
    harness: Harness, admin: Browser, cast: Cast, conversation: str
) -> None:
    keeper, handler = LeaseKeeper(harness.runtime.group_commit, 1e6), ControlEventHandler()
    handler.handle_new()
    answer = harness.begin(conversation, cast.olive)
    harness.say(answer, "So far")
    reader = harness.reader(cast.max, conversation)
    stopped = admin.post(f"{PAGE}/stop", form_on=PAGE, id=answer.public_id)
    assert stopped.location == PAGE
    stored = harness.database.message(answer.public_id)
    assert (stored.status, stored.content, stored.note) == ("stopped", "So far", STOPPED_BY)
    handler.handle_new()
    assert reader.names() == ["rejoin"]
    keeper.run_once()
    assert answer.finished.is_set(), "its process has noticed"
    assert "No answer is being written" in admin.open(PAGE).text
    again = admin.post(f"{PAGE}/stop", form_on=PAGE, id=answer.public_id)
    assert (again.status_code, HAS_ENDED in again.text) == (409, True)
    assert harness.database.message(answer.public_id) == stored


@pytest.mark.parametrize("gone", ["", "0" * 32, "no id"])
def test_what_is_gone_is_not_stopped(admin: Browser, gone: str) -> None:
    assert admin.post(f"{PAGE}/stop", form_on=PAGE, id=gone).status_code == 409


def test_a_question_is_no_answer(
    harness: Harness, admin: Browser, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive)
    question = harness.database.messages(conversation)[0].id
    assert admin.post(f"{PAGE}/stop", form_on=PAGE, id=question).status_code == 409
    assert admin.open(f"{PAGE}/stop").location == PAGE
    with harness.app.app_context():
        assert list(all_of(Filter(kind="answer-stopped"))) == []


def test_where_counting_takes_too_long_the_rest_is_shown(
    harness: Harness, admin: Browser, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.begin(conversation, cast.olive)
    read_within, tries = running.read_within, []

    def slow_at_first(*arguments: object) -> object:
        tries.append(arguments)
        if len(tries) == 1:
            raise TookTooLong
        return read_within(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "read_within", slow_at_first)
    page = admin.open(PAGE).text
    assert conversation in page and "tokens" not in page.split("<main")[1]
