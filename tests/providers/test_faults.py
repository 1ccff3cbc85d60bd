"""Each fault of a provider ends the answer with its text kept and a fitting sentence."""

from __future__ import annotations

import logging

import pytest

from app.providers import connection, errors
from app.providers.base import (
    ConversationTooLongError,
    PermanentError,
    TimeLimitError,
    TransientError,
)
from app.providers.call import TimeLimits
from tests.providers.conftest import KEY, Ask
from tests.providers.reading import content_of, read, recording
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import DEFAULT_RECORDINGS, SECRET, first_half

APIS = ("openai", "anthropic")
pytestmark = pytest.mark.usefixtures("quick")

BROKEN = {
    "eof": (TransientError, errors.UNFINISHED),
    "cut": (TransientError, errors.LOST),
    "bad-json": (TransientError, errors.UNREADABLE),
}
REFUSED = {
    "400": (PermanentError, errors.BAD_REQUEST),
    "401": (PermanentError, errors.BAD_KEY),
    "402": (PermanentError, errors.NO_CREDIT),
    "403": (PermanentError, errors.BAD_KEY),
    "404": (PermanentError, errors.UNKNOWN_MODEL),
    "413": (ConversationTooLongError, errors.TOO_LONG),
    "redirect": (PermanentError, errors.REDIRECTED),
    "429": (TransientError, errors.BUSY),
    "500": (TransientError, None),  # the body says more, see below
    "503": (TransientError, None),
    "529": (TransientError, errors.OVERLOADED),
    "page": (TransientError, errors.UNFINISHED),
}
EVENTS = {"openai": errors.TROUBLE, "anthropic": errors.OVERLOADED}


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("fault", BROKEN)
def test_the_text_of_a_broken_stream_is_kept(
    fault: str, api: str, ask: Ask, fake: FakeModel
) -> None:
    got = read(ask(f"{api}:{fault}"))
    kind, sentence = BROKEN[fault]
    assert type(got.error) is kind
    assert got.error.sentence == sentence
    assert got.content == content_of(first_half(recording(DEFAULT_RECORDINGS[api])))
    assert got.text or got.thinking
    assert len(fake.requests) == 1, "after the first text a retry would repeat it"


@pytest.mark.parametrize("api", APIS)
def test_an_error_event_ends_the_answer(api: str, ask: Ask) -> None:
    got = read(ask(f"{api}:error-event"))
    assert type(got.error) is TransientError
    assert got.error.sentence == EVENTS[api]
    assert got.content == content_of(first_half(recording(DEFAULT_RECORDINGS[api])))


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("fault", REFUSED)
def test_a_refusal_has_a_sentence_and_reveals_no_secret(
    fault: str, api: str, ask: Ask, fake: FakeModel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    got = read(ask(f"{api}:{fault}"))
    kind, sentence = REFUSED[fault]
    assert type(got.error) is kind
    assert got.error.sentence == (sentence or EVENTS[api])
    assert got.events == []
    shown = f"{got.error!r} {caplog.text}"
    assert not any(secret in shown for secret in (KEY, SECRET, fake.url, "127.0.0.1"))


@pytest.mark.parametrize("api", APIS)
def test_a_redirect_is_not_followed(api: str, ask: Ask, fake: FakeModel) -> None:
    read(ask(f"{api}:redirect"))
    assert [request.path for request in fake.requests] == [fake.requests[0].path]
    assert KEY in str(fake.requests[0].headers), "precondition: the key was sent"


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("fault", ["no-done", "late-cut"])
def test_a_fault_after_the_finish_reason_is_ignored(fault: str, api: str, ask: Ask) -> None:
    got = read(ask(f"{api}:{fault}"))
    assert got.error is None
    assert got.content == content_of(recording(DEFAULT_RECORDINGS[api]))


@pytest.mark.parametrize("api", APIS)
def test_an_unreachable_server_is_a_transient_error(
    api: str, ask: Ask, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.server_close()
    got = read(ask(f"{api}:openai-text"))
    assert type(got.error) is TransientError
    assert got.error.sentence == connection.UNREACHABLE


def test_a_server_that_does_not_accept_connections_times_out(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://192.0.2.1/v1")  # RFC 5737: unused
    monkeypatch.setattr("socket.create_connection", _time_out)
    got = read(ask("openai:m", limits=TimeLimits(connect=0.05, read=60, total=900)))
    assert type(got.error) is TimeLimitError
    assert got.error.sentence == connection.TOO_SLOW


def _time_out(*_: object, **__: object) -> None:
    raise TimeoutError
