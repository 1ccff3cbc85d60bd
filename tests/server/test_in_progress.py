"""Which requests a process that ends waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from app.server.in_progress import RequestsInProgress

Respond = Callable[..., Any]


def pieces(_environ: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
    start_response("200 OK", [])
    yield b"one"
    yield b"two"


def test_a_request_is_in_progress_until_its_response_is_closed() -> None:
    requests = RequestsInProgress(pieces)
    assert not requests
    response = requests(create_environ("/login"), lambda *_: None)
    assert list(response) == [b"one", b"two"]
    assert requests
    response.close()  # type: ignore[attr-defined]
    assert not requests


def test_a_socket_is_none() -> None:
    requests = RequestsInProgress(pieces)
    assert next(iter(requests(create_environ("/socket.io/"), lambda *_: None))) == b"one"
    assert not requests


def test_one_that_fails_is_over() -> None:
    def fail(*_: object) -> Iterable[bytes]:
        assert requests
        raise RuntimeError

    requests = RequestsInProgress(fail)
    with pytest.raises(RuntimeError):
        run_wsgi_app(requests, create_environ("/login"))
    assert not requests
