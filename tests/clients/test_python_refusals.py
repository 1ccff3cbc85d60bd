"""The Python command `midstream` reports errors with an exit code and a message."""

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


def test_a_wrong_token_is_not_stored(midstream: Midstream, server: Server, tmp_path: Path) -> None:
    logs_in = midstream("login", server.url, by=None, stdin="midstream_wrong\n")
    assert logs_in.wait() == 3
    assert logs_in.errors == "midstream: The server does not accept this token.\n"
    assert not (tmp_path / "midstream").exists()


def test_without_a_login_it_is_unauthorized(midstream: Midstream) -> None:
    lists = midstream("list", by=None)
    assert lists.wait() == 3
    assert "midstream login URL" in lists.errors


def test_a_conversation_of_another_user_is_not_found(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    assert midstream("read", where, by=cast.eve).wait() == 4
    asks = midstream("ask", where, "Why?", by=cast.eve)
    assert asks.wait() == 4
    assert asks.errors == "midstream: Conversation not found.\n"


def test_a_missing_server_is_unreachable(midstream: Midstream) -> None:
    assert midstream("list", url="http://127.0.0.1:1").wait() == 5


def test_a_question_that_is_too_long_is_refused(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    asks = midstream("ask", database.conversation(cast.olive), stdin="x" * 32_001)
    assert asks.wait() == 6
    assert asks.errors == "midstream: A question has at most 32,000 characters.\n"


def test_an_empty_question_is_wrong_usage(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    assert midstream("ask", database.conversation(cast.olive), stdin=" \n").wait() == 2


def test_an_address_without_a_scheme_is_wrong_usage(midstream: Midstream) -> None:
    logs_in = midstream("login", "foo", by=None, stdin="midstream_any\n")
    assert logs_in.wait() == 2
    message = "midstream: A server's address begins with http:// or https://.\n"
    assert logs_in.errors == message


def test_an_empty_token_is_wrong_usage(
    midstream: Midstream, server: Server, tmp_path: Path
) -> None:
    logs_in = midstream("login", server.url, by=None, stdin="\n")
    assert logs_in.wait() == 2
    assert logs_in.errors.endswith("Error: There is no token.\n")
    assert not (tmp_path / "midstream").exists()


def test_characters_that_the_terminal_lacks_are_escaped(
    midstream: Midstream, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    where = database.conversation(cast.olive, title="Tides \N{CRESCENT MOON}")
    lists = midstream("list")
    assert (lists.wait(), lists.errors) == (0, "")
    assert f"{where}\tTides \\U0001f319" in lists.output
