"""The command `midstream`, as people and scripts use it, on a real server."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.command import Command
from tests.clients.journey import QUESTION, Journey
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

Midstream = Callable[..., Command]
Read = Callable[..., Reader]


@pytest.mark.slow
def test_it_joins_in_the_middle_is_cut_off_comes_back_and_ends_with_the_whole(
    midstream: Midstream, journey: Journey, cast: Cast
) -> None:
    command, answer = journey.go(
        lambda where: midstream("read", where, by=cast.max, url=journey.proxy.url)
    )
    assert command.end() == 1
    assert command.output == f"{QUESTION}\n{answer.content}\n"
    assert command.complaints == ""


def test_it_hears_that_its_token_is_revoked(midstream: Midstream, journey: Journey) -> None:
    def start(where: str, token: str) -> Command:
        return midstream("read", where, by=Person("Max", token))

    assert journey.revoke(start) == [3]


def test_it_asks_and_prints_the_answer_alone(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    asks = midstream("ask", where, "Why? /think 5 /tokens 20 /rate 0")
    assert asks.end() == 0, asks.complaints
    assert asks.output == f"{database.messages(where)[-1].content}\n"
    assert asks.complaints == ""


def test_a_question_may_be_as_long_in_emoji_as_in_letters(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    asks = midstream("ask", where, stdin="😀" * 31_900 + " /think 5 /tokens 20 /rate 0")
    assert asks.end() == 0, asks.complaints
    assert database.messages(where)[0].content.startswith("😀" * 31_900)


def test_a_question_comes_through_a_pipe_and_the_answer_as_json(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    asks = midstream("ask", where, "--json", stdin="Why?\n/think 5 /tokens 20 /rate 0\n")
    assert asks.end() == 0, asks.complaints
    question, answer = database.messages(where)
    said = json.loads(asks.output)
    assert question.content == "Why?\n/think 5 /tokens 20 /rate 0\n"
    assert (said["id"], said["content"]) == (answer.id, answer.content)
    assert (said["thinking"], said["status"]) == (answer.thinking, "complete")
    assert (said["role"], said["model"], said["position"]) == ("assistant", "demo", 2)


def test_it_waits_for_its_turn(
    midstream: Midstream, cast: Cast, database: Database, read: Read
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    first = olive.send("First. /think 0 /tokens 4000 /rate 30")["reply"]
    asks = midstream("ask", where, "Second. /think 0 /tokens 20 /rate 0")
    eventually(lambda: len(database.messages(where)) == 3)
    assert olive.ask("stop", {"id": first})["ok"], "it must have had to wait"
    assert asks.end() == 0, "how another answer has ended says nothing of its own"
    _first, _its_answer, _second, answer = database.messages(where)
    assert asks.output == f"{answer.content}\n"


def test_an_answer_that_fails_is_incomplete(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    asks = midstream("ask", where, "Why? /think 0 /tokens 20 /rate 0 /fail after 5")
    assert asks.end() == 1
    assert database.messages(where)[-1].status == "failed"
    assert asks.output == f"{database.messages(where)[-1].content}\n"


def test_it_prints_what_has_ended_and_goes(
    midstream: Midstream, cast: Cast, database: Database
) -> None:
    where = database.conversation(cast.olive)
    midstream("ask", where, "Why? /think 5 /tokens 20 /rate 0").end()
    reads = midstream("read", f"http://127.0.0.1/conversations/{where}", "--json")
    assert reads.end() == 0
    said = [json.loads(line) for line in reads.output.splitlines()]
    assert [each["content"] for each in said] == [each.content for each in database.messages(where)]
    assert [each["role"] for each in said] == ["user", "assistant"]
    assert said[0]["author"] == "Olive"


def test_it_lists_conversations(midstream: Midstream, cast: Cast, database: Database) -> None:
    where = database.conversation(cast.olive, title="Tides and moons")
    plain, as_json = midstream("list"), midstream("list", "--json")
    assert (plain.end(), as_json.end()) == (0, 0)
    assert f"{where}\tTides and moons" in plain.output.splitlines()
    listed = {each["conversation"]: each for each in map(json.loads, as_json.output.splitlines())}
    assert listed[where]["title"] == "Tides and moons"


def test_what_it_is_told_at_login_is_for_nobody_else(
    midstream: Midstream, server: Server, cast: Cast, tmp_path: Path
) -> None:
    logs_in = midstream("login", server.url, by=None, stdin=f"{cast.olive.token}\n")
    assert logs_in.end() == 0, logs_in.complaints
    kept = tmp_path / "midstream" / "access.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert cast.olive.token not in logs_in.output + logs_in.complaints
    assert midstream("list", by=None).end() == 0
