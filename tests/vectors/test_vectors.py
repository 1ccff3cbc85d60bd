"""The vectors are up to date, enough, true to the protocol, and passed by the Python rule.

tests/js/vectors.test.js has rule.js pass them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from midstream.rule import ConversationLog, Message, Outcome
from tests.support.asyncapi import problems
from tests.vectors.files import FOLDER, files

PATHS = sorted(FOLDER.glob("*.json"))
AT_LEAST = 40
STRANGE = {"what-is-not-known"}  # it says what the protocol does not


def test_they_are_what_the_rule_and_the_model_make() -> None:
    assert {path.name: path.read_text() for path in PATHS} == files(), "bin/vectors makes them anew"


def test_they_cover_all_outcomes() -> None:
    assert len(PATHS) >= AT_LEAST
    steps = [step for path in PATHS for step in json.loads(path.read_text())["steps"]]
    assert {step.get("event", "joined") for step in steps} >= {
        *("message", "current_state", "chunk", "streaming_end"),
        *("conversation", "removed", "rejoin", "joined"),
    }
    held = [held for step in steps for held in step["expect"]["messages"].values()]
    statuses = {message["status"] for message in held}
    assert statuses == {"streaming", "complete", "stopped", "interrupted", "failed"}
    assert {step["expect"]["rejoin"] for step in steps} == {True, False}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_they_say_what_a_server_may_say(path: Any) -> None:
    for step in json.loads(path.read_text())["steps"]:
        if path.stem not in STRANGE:
            said = problems(step["event"], step["data"]) if "event" in step else []
            assert list(said) == []
        assert list(problems("join", step["expect"]["join"])) == []
        assert list(problems("join.ack", step["joined"]) if "joined" in step else []) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_python_rule_passes(path: Any) -> None:
    for expected, held in outcomes(json.loads(path.read_text())):
        assert held == expected


def passes(vector: dict[str, Any]) -> bool:
    """Does a Python reader hold, after each step, what a vector expects?"""
    try:
        return all(held == expected for expected, held in outcomes(vector))
    except (ArithmeticError, LookupError, TypeError):  # a broken one may well stumble
        return False


def outcomes(vector: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield what is expected after each step, and what a reader holds then."""
    log = ConversationLog(vector["conversation"])
    for step in vector["steps"]:
        rejoin = take(log, step)
        messages = {id: shown(message) for id, message in log.messages.items()}
        yield step["expect"], {"messages": messages, "rejoin": rejoin, "join": log.holding()}


def shown(message: Message) -> dict[str, Any]:
    """Return a reader's message as the vectors write it down."""
    said = {"seq": message.seq, "status": message.status}
    said |= {"content": message.content, "thinking": message.thinking}
    return said | ({"error": message.error} if message.error else {})


def take(log: ConversationLog, step: dict[str, Any]) -> bool:
    """Let a reader take a step, and say whether it has to join again."""
    if "event" in step:
        return log.apply(step["event"], step["data"]) is Outcome.REJOIN or log.horizon.is_behind
    if step["joined"].get("reload"):
        log.forget()
        return True
    log.horizon.joined(step["joined"])
    return log.horizon.is_behind
