"""The Python command `midstream` on a real server."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.command import Command
from tests.clients.reconnect_scenario import QUESTION, ReconnectScenario
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

Midstream = Callable[..., Command]
Read = Callable[..., Reader]


@pytest.mark.slow
def test_it_joins_mid_answer_reconnects_and_prints_the_whole_text(
    midstream: Midstream, reconnect_scenario: ReconnectScenario, cast: Cast
) -> None:
    url = reconnect_scenario.proxy.url
    command, answer = reconnect_scenario.run(
        lambda conversation: midstream("read", conversation, by=cast.max, url=url)
    )
    assert command.wait() == 1
    assert command.output == f"{QUESTION}\n{answer.content}\n"
    assert command.errors == "midstream: Stopped by Olive.\n"


def test_it_ends_when_its_token_is_revoked(
    midstream: Midstream, reconnect_scenario: ReconnectScenario
) -> None:
    def start(conversation: str, token: str) -> Command:
        return midstream("read", conversation, by=Person("Max", token))

    assert reconnect_scenario.revoke(start) == [3]


def test_ask_prints_only_the_answer(midstream: Midstream, cast: Cast, database: Database) -> None:
    where = database.conversation(cast.olive)
    asks = midstream("ask", where, "Why? /think 5 /tokens 20 /rate 0")
    assert asks.wait() == 0, asks.errors
    assert asks.output == f"{database.messages(where)[-1].content}\n"
    assert asks.errors == ""


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


def test_ask_waits_while_another_answer_streams(
    midstream: Midstream, cast: Cast, database: Database, read: Read
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    first = olive.send("First. /think 0 /tokens 4000 /rate 30")["reply"]
    asks = midstream("ask", where, "Second. /think 0 /tokens 20 /rate 0")
    eventually(lambda: len(database.messages(where)) == 3)
    assert olive.ask("stop", {"id": first})["ok"], "it must have had to wait"
    assert asks.wait() == 0, "the exit code must be about its own answer"
    _first, _its_answer, _second, answer = database.messages(where)
    assert asks.output == f"{answer.content}\n"


def test_ask_ends_with_incomplete_when_the_answer_fails(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    asks = midstream("ask", where, "Why? /think 0 /tokens 20 /rate 0 /fail after 5")
    assert asks.wait() == 1
    assert database.messages(where)[-1].status == "failed"
    assert asks.output == f"{database.messages(where)[-1].content}\n"


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
