"""Error pages; a forbidden conversation looks like a missing one."""

from __future__ import annotations

from html import unescape

import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.errors import Unavailable
from app.views import conversations, errors
from tests.support.browser import Browser, without_the_new
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.mark.parametrize("act", ["", "/messages"])
@pytest.mark.parametrize("who", ["eve", "rex"])
def test_another_users_conversation_gets_the_same_response_as_a_missing_one(
    harness: Harness, cast: Cast, conversation: str, who: str, act: str
) -> None:
    stranger = Browser(harness.app).signed_in(getattr(cast, who))

    def answer(public_id: str) -> str:
        where = f"/conversations/{public_id}{act}"
        found = stranger.post(where, content="Hi") if act else stranger.open(where)
        assert found.status_code == 404
        return without_the_new(found.text)

    assert answer(conversation) == answer("0" * 32)
    assert harness.database.messages(conversation) == []


@pytest.mark.parametrize("path", ["/nothing", "/conversations/x/nothing/y", "/static/none.js"])
def test_not_found_is_a_sentence(olive: Browser, path: str) -> None:
    answer = olive.open(path)
    assert answer.status_code == 404
    assert errors.SENTENCES[404] in answer.text


def test_an_unsupported_method_is_a_sentence(olive: Browser) -> None:
    answer = olive.open("/logout")
    assert answer.status_code == 405
    assert errors.SENTENCES[405] in unescape(answer.text)


def test_an_unexpected_exception_is_logged_and_not_shown(
    harness: Harness,
    olive: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setitem(harness.app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(conversations, "conversations_of", fail)
    answer = olive.open("/conversations")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "hunter2" in caplog.text, "the operator must be able to find it"


def test_unavailable_says_when_to_retry(
    harness: Harness, olive: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable(retry_after=2.5)

    monkeypatch.setattr(conversations, "conversations_of", fail)
    answer = olive.open("/conversations")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert Unavailable.sentence in unescape(answer.text)


def test_a_form_that_is_far_too_large_is_refused(olive: Browser) -> None:
    assert olive.post("/conversations", title="x" * 1_100_000).status_code == 413


class Postgres(Exception):
    """An error of the driver of PostgreSQL; without a state it is the driver's own."""

    def __init__(self, sqlstate: str | None = None) -> None:
        super().__init__("connection to host 10.0.0.7 failed for user sesame")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT 1", {}, Postgres()),
        OperationalError("SELECT 1", {}, Postgres("57P01")),
        OperationalError("SELECT 1", {}, Postgres("55P03")),
        PoolTimeoutError("QueuePool limit of size 10 overflow 10 reached"),
        Unavailable(),
    ],
)
def test_a_page_without_its_database_says_so_and_when_to_try_again(
    olive: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(conversations, "conversations_of", fail)
    answers = [olive.open("/conversations") for _ in range(3)]
    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == str(errors.RETRY_SECONDS)
        assert unescape(Unavailable.sentence) in unescape(answer.text)
        assert "sesame" not in answer.text
    lines = [line for name, _, line in caplog.record_tuples if name == "app.database_failures"]
    assert len(lines) <= 1 and "sesame" not in caplog.text, lines


def test_another_error_of_the_database_is_a_defect(
    harness: Harness,
    olive: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise ProgrammingError("SELECT nothing", {}, Postgres("42703"))

    monkeypatch.setitem(harness.app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(conversations, "conversations_of", fail)
    assert olive.open("/conversations").status_code == 500
    assert "SELECT nothing" in caplog.text
