"""Polls one at a time, and what the middleware tells about responses."""

from __future__ import annotations

import pytest
from engineio.exceptions import EngineIOError

from app.transport import polling
from app.transport.polling import ON_WRITTEN, EngineIOMiddleware, OneAtATime
from app.transport.websocket import ENDED, ConnectionEnded

POLL = {
    "PATH_INFO": "/socket.io/",
    "REQUEST_METHOD": "GET",
    "QUERY_STRING": "EIO=4&transport=polling",
}


def start_response(*_: object) -> None:
    """Nothing is sent."""


def test_a_request_waits_for_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "OVERLAP_TIMEOUT_SECONDS", 0.01)
    polls = OneAtATime("poll")
    polls.begin()
    with pytest.raises(EngineIOError, match="a poll during another one"):
        polls.begin()
    polls.end()
    polls.begin()


def test_the_end_of_a_response_is_reported() -> None:
    written: list[str] = []

    def application(environ: dict[str, object], _: object) -> list[bytes]:
        callbacks = environ[ON_WRITTEN]
        assert isinstance(callbacks, list)
        callbacks.append(lambda: written.append("poll"))
        return [b"6"]

    response = EngineIOMiddleware(application)(dict(POLL), start_response)
    assert list(response) == [b"6"] and not written
    response.close()  # type: ignore[attr-defined]
    assert written == ["poll"]


def test_the_end_of_a_websocket_is_an_exception_for_the_wsgi_server() -> None:
    with pytest.raises(ConnectionEnded):
        EngineIOMiddleware(lambda *_: ENDED)(dict(POLL), start_response)
