"""The Python command `midstream` on a real server, and its errors."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.command import Command
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.server import Server

pytestmark = pytest.mark.system

Midstream = Callable[..., Command]


def test_a_question_of_emoji_may_be_as_long_as_one_of_letters(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    asks = midstream("ask", where, stdin="😀" * 31_900 + " /think 5 /tokens 20 /rate 0")
    assert asks.wait() == 0, asks.errors
    assert database.messages(where)[0].content.startswith("😀" * 31_900)


def test_ask_reads_the_question_from_a_pipe_and_prints_json(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    asks = midstream("ask", where, "--json", stdin="Why?\n/think 5 /tokens 20 /rate 0\n")
    assert asks.wait() == 0, asks.errors
    question, answer = database.messages(where)
    printed = json.loads(asks.output)
    assert question.content == "Why?\n/think 5 /tokens 20 /rate 0\n"
    assert (printed["id"], printed["content"]) == (answer.id, answer.content)
    assert (printed["thinking"], printed["status"]) == (answer.thinking, "complete")
    assert (printed["role"], printed["model"], printed["position"]) == ("assistant", "demo", 2)


def test_read_prints_ended_messages_and_ends(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    midstream("ask", where, "Why? /think 5 /tokens 20 /rate 0").wait()
    reads = midstream("read", f"http://127.0.0.1/conversations/{where}", "--json")
    assert reads.wait() == 0
    printed = [json.loads(line) for line in reads.output.splitlines()]
    stored = [message.content for message in database.messages(where)]
    assert [each["content"] for each in printed] == stored
    assert [each["role"] for each in printed] == ["user", "assistant"]
    assert printed[0]["author"] == "Olive"


def test_list_prints_conversations(midstream: Midstream, cast: Cast, database: Database) -> None:
    where = database.conversation(cast.olive, title="Tides and moons")
    plain, as_json = midstream("list"), midstream("list", "--json")
    assert (plain.wait(), as_json.wait()) == (0, 0)
    assert f"{where}\tTides and moons" in plain.output.splitlines()
    listed = {each["conversation"]: each for each in map(json.loads, as_json.output.splitlines())}
    assert listed[where]["title"] == "Tides and moons"


def test_login_stores_the_token_for_this_user_only(
    midstream: Midstream, server: Server, cast: Cast, tmp_path: Path
) -> None:
    logs_in = midstream("login", server.url, by=None, stdin=f"{cast.olive.token}\n")
    assert logs_in.wait() == 0, logs_in.errors
    stored = tmp_path / "midstream" / "access.json"
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert cast.olive.token not in logs_in.output + logs_in.errors
    assert midstream("list", by=None).wait() == 0


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
