"""Of many pages at once a few are served; the others wait, and are refused after a while."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, Response, request, stream_with_context
from flask.testing import FlaskClient

from app.views import page_slots


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Pages, one at a time, of which one asks for another while it is served."""
    monkeypatch.setattr(page_slots, "PAGES_AT_ONCE", 1)
    monkeypatch.setattr(page_slots, "WAIT_SECONDS", 0.01)
    app = Flask(__name__, static_folder=None)
    page_slots.register(app)
    for name in ("page", "health.healthz", "fails"):
        app.add_url_rule(f"/{name}", name, serve, methods=["GET", "POST"])

    @app.get("/asks/<other>")
    def asks(other: str) -> str:
        return str(app.test_client().get(f"/{other}").status_code)

    @app.get("/streams")
    def streams() -> Response:
        return Response(stream_with_context(asks(each) for each in ["page"]))

    @app.get("/waits/<other>")
    def waits(other: str) -> str:
        page_slots.let_others_in()
        return asks(other)

    @app.get("/sends")
    def sends() -> str:
        return str(app.test_client().post("/page").status_code)

    app.register_error_handler(page_slots.Unavailable, lambda error: ("", error.http_status))
    yield app


def serve() -> str:
    if request.path == "/fails":
        raise RuntimeError
    return ""


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_page_waits_for_the_others_and_is_refused_after_a_while(client: FlaskClient) -> None:
    for _ in range(2):
        assert client.get("/asks/page").text == "503"
        assert client.get("/page").status_code == 200, "the slot was given back"


def test_forms_and_what_must_always_answer_do_not_wait(client: FlaskClient) -> None:
    assert client.get("/sends").text == "200"
    assert client.get("/asks/health.healthz").text == "200"


def test_what_is_sent_slowly_keeps_no_other_page_waiting(client: FlaskClient) -> None:
    assert client.get("/streams").text == "200"


def test_what_waits_for_something_else_keeps_no_other_page_waiting(client: FlaskClient) -> None:
    for _ in range(2):
        assert client.get("/waits/page").text == "200"
        assert client.get("/asks/page").text == "503", "its slot was given back once"


def test_a_page_that_fails_gives_its_slot_back(client: FlaskClient) -> None:
    assert client.get("/fails").status_code == 500
    assert client.get("/page").status_code == 200
