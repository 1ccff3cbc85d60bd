"""Nothing from outside looks like a line of the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import StringIO
from urllib.parse import quote

import pytest
from flask import Flask, request

from app import logs

FORGED = "[2026-01-01 00:00:00,000] INFO in app: All is well."


@pytest.fixture
def output(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What is logged."""
    stream = StringIO()
    before = logging.root.handlers[:]
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure()
    yield stream
    logging.root.handlers[:] = before


@pytest.fixture
def failing(app: Flask) -> Flask:
    """An app with a page whose errors contain what was sent."""

    def fail(rest: str) -> str:
        raise ValueError(request.args["q"])

    app.add_url_rule("/fails/<path:rest>", view_func=fail)
    app.config["TESTING"] = False
    return app


def test_a_failing_page_logs_what_was_sent_without_control_characters(
    failing: Flask, output: StringIO
) -> None:
    path, query = f"/fails/a\r{FORGED}\x1b[2J\x9b\x7f", f"b\n{FORGED}\x1b[2J"
    answer = failing.test_client().get(quote(path), query_string={"q": query})
    assert answer.status_code == 500
    written = output.getvalue()
    lines = written.split("\n")
    assert "ERROR in app: Exception on /fails/a\\r[2026-01-01" in lines[0]
    assert "\\x1b[2J\\x9b\\x7f" in lines[0]
    assert all(line.startswith("    ") for line in lines[1:-1])
    assert f"    {FORGED}\\x1b[2J" in lines, "the exception's text is logged, indented"
    assert not set("\x1b\x9b\x7f\r") & set(written)


def test_bidirectional_controls_are_escaped(app: Flask, output: StringIO) -> None:
    app.logger.error("user \u202eevilO\u2069")
    assert "user \\u202eevilO\\u2069\n" in output.getvalue()


def test_what_a_library_logs_is_written_once(app: Flask, output: StringIO) -> None:
    for name in ("engineio.server", "socketio.server"):
        logging.getLogger(name).error("Something\rfailed")
    lines = output.getvalue().split("\n")
    assert [line.partition("] ")[2] for line in lines if line] == [
        "ERROR in engineio.server: Something\\rfailed",
        "ERROR in socketio.server: Something\\rfailed",
    ]
