"""A line of the log says when, what and about what; and nothing from outside looks like one."""

from __future__ import annotations

import json
import logging
import re
from io import StringIO
from urllib.parse import quote

import pytest
from flask import Flask, request

from app import logs
from app.config import MonitoringSettings
from app.logs import about, context

FORGED = "[2026-01-01 00:00:00,000] INFO in app: All is well."
LINE = re.compile(r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d+\] ")

logger = logging.getLogger("app.test_formatting")


@pytest.fixture
def as_json(app: Flask, unconfigured: None, monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What is logged, as JSON."""
    stream = StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure(MonitoringSettings("json"))
    return stream


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
    query = f"b\n{FORGED}\x1b[2J\x9b\x7f"
    answer = failing.test_client().get("/fails/a-secret", query_string={"q": query})
    assert answer.status_code == 500
    written = output.getvalue()
    first, *traceback, last, _ = written.split("\n")
    assert "ERROR in app.views.request_log: Exception on /fails/<rest> [GET] request=" in first
    assert all(line.startswith("    ") for line in traceback)
    assert f"    {FORGED}\\x1b[2J\\x9b\\x7f" in traceback, "the text is logged, indented"
    assert " status=500 " in last
    assert not set("\x1b\x9b\x7f\r") & set(written) and "a-secret" not in written


def test_a_path_without_a_page_is_not_logged(failing: Flask, output: StringIO) -> None:
    answer = failing.test_client().get(quote(f"/shared/a-secret\r{FORGED}\x1b[2J"))
    assert answer.status_code == 404
    assert 'method=GET path="(no page)" status=404' in output.getvalue()
    assert len(output.getvalue().splitlines()) == 1 and "secret" not in output.getvalue()


def test_bidirectional_controls_are_escaped(output: StringIO) -> None:
    logger.error("user \u202eevilO\u2069")
    assert "user \\u202eevilO\\u2069\n" in output.getvalue()


def test_what_a_library_logs_is_written_once(app: Flask, output: StringIO) -> None:
    for name in ("engineio.server", "socketio.server"):
        logging.getLogger(name).error("Something\rfailed")
    lines = output.getvalue().split("\n")
    assert [line.partition("] ")[2] for line in lines if line] == [
        "ERROR in engineio.server: Something\\rfailed",
        "ERROR in socketio.server: Something\\rfailed",
    ]


def test_a_line_ends_with_what_it_is_about(output: StringIO) -> None:
    context.begin(request="r-1", conversation="c1")
    about(logger, "join", kind="first", error="It has failed, so\nit is over.", ms=1.5)
    context.add(message="m1")
    logger.error("It has failed.")
    first, second = output.getvalue().splitlines()
    assert LINE.match(first) and LINE.match(second)
    assert first.partition(": ")[2] == (
        'join request=r-1 conversation=c1 kind=first error="It has failed, so\\nit is over." ms=1.5'
    )
    assert second.endswith(": It has failed. request=r-1 conversation=c1 message=m1")


def test_a_line_of_json_has_the_same(as_json: StringIO) -> None:
    context.begin(request="r-1")
    about(logger, "join", kind="\u202e\n", ms=1.5, reload=False, after=None)
    try:
        raise ValueError(f"\n{FORGED}\x1b[2J")
    except ValueError:
        logger.exception("It has %s.", "failed")
    written = as_json.getvalue()
    assert written.isascii() and "\x1b" not in written
    first, second = map(json.loads, written.splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time"))
    assert isinstance(first.pop("process"), int)
    assert first == {
        "level": "INFO",
        "logger": "app.test_formatting",
        "message": "join",
        "request": "r-1",
        "kind": "\u202e\n",
        "ms": 1.5,
        "reload": False,
        "after": None,
    }
    assert (second["level"], second["message"]) == ("ERROR", "It has failed.")
    assert second["exception"].startswith("Traceback") and FORGED in second["exception"]


def test_long_lines_are_cut(output: StringIO) -> None:
    logger.error("%s", "x" * 100_000)
    assert len(output.getvalue()) < 25_000


def test_a_long_traceback_is_cut(as_json: StringIO) -> None:
    try:
        raise ValueError("x" * 100_000)
    except ValueError:
        logger.exception("It has failed.")
    assert len(as_json.getvalue()) < 25_000


def test_what_is_not_asked_for_is_not_logged(
    app: Flask, unconfigured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure(MonitoringSettings(log_level="warning"))
    about(logger, "join", kind="first")
    logger.warning("It is slow.")
    assert [line.partition(": ")[2] for line in stream.getvalue().splitlines()] == ["It is slow."]
