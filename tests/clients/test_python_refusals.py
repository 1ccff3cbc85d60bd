"""What the command `midstream` says no to: each has an exit code of its own, and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.command import Command
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.server import Server

pytestmark = pytest.mark.system

Midstream = Callable[..., Command]


def test_a_wrong_token_is_not_kept(midstream: Midstream, server: Server, tmp_path: Path) -> None:
    logs_in = midstream("login", server.url, by=None, stdin="midstream_wrong\n")
    assert logs_in.end() == 3
    assert logs_in.complaints == "midstream: The server does not accept this token.\n"
    assert not (tmp_path / "midstream").exists()


def test_nobody_has_to_log_in(midstream: Midstream) -> None:
    lists = midstream("list", by=None)
    assert lists.end() == 3
    assert "midstream login URL" in lists.complaints


def test_what_is_somebody_elses_is_not_found(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    assert midstream("read", where, by=cast.eve).end() == 4
    asks = midstream("ask", where, "Why?", by=cast.eve)
    assert asks.end() == 4
    assert asks.complaints == "midstream: There is nothing here that you can see.\n"


def test_no_server_is_not_reached(midstream: Midstream) -> None:
    assert midstream("list", url="http://127.0.0.1:1").end() == 5


def test_a_long_question_is_refused(midstream: Midstream, cast: Cast, database: Database) -> None:
    asks = midstream("ask", database.conversation(cast.olive), stdin="x" * 32_001)
    assert asks.end() == 6
    assert asks.complaints == "midstream: A question has at most 32,000 characters.\n"


def test_no_question_is_wrong_usage(midstream: Midstream, cast: Cast, database: Database) -> None:
    assert midstream("ask", database.conversation(cast.olive), stdin=" \n").end() == 2


def test_an_address_without_a_scheme_is_wrong_usage(midstream: Midstream) -> None:
    logs_in = midstream("login", "foo", by=None, stdin="midstream_any\n")
    assert logs_in.end() == 2
    said = "midstream: A server's address begins with http:// or https://.\n"
    assert logs_in.complaints == said


def test_no_token_is_wrong_usage(midstream: Midstream, server: Server, tmp_path: Path) -> None:
    logs_in = midstream("login", server.url, by=None, stdin="\n")
    assert logs_in.end() == 2
    assert logs_in.complaints.endswith("Error: There is no token.\n")
    assert not (tmp_path / "midstream").exists()


def test_what_a_terminal_has_no_letters_for_is_told_by_number(
    midstream: Midstream, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    where = database.conversation(cast.olive, title="Tides \N{CRESCENT MOON}")
    lists = midstream("list")
    assert (lists.end(), lists.complaints) == (0, "")
    assert f"{where}\tTides \\U0001f319" in lists.output
