"""The vectors are up to date, valid, and passed by the Python rule.

tests/js/vectors.test.js tests the rule in JavaScript.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from midstream.rule import Message, MessageLog, Outcome
from tests.support.asyncapi import problems
from tests.vectors.files import FOLDER, files

PATHS = sorted(FOLDER.glob("*.json"))
AT_LEAST = 40
INVALID = {"unknown-events-and-keys"}  # contains an event that the protocol does not have


def test_the_files_are_up_to_date() -> None:
    assert {path.name: path.read_text() for path in PATHS} == files(), "run bin/vectors"


def test_the_vectors_cover_all_events_and_statuses() -> None:
    assert len(PATHS) >= AT_LEAST
    steps = [step for path in PATHS for step in json.loads(path.read_text())["steps"]]
    assert {step.get("event") for step in steps} >= {
        *("message", "current_state", "chunk", "streaming_end"),
        *("conversation", "removed", "rejoin"),
    }
    assert any("joining" in step for step in steps) and any("joined" in step for step in steps)
    held = [held for step in steps for held in step["expect"]["messages"].values()]
    statuses = {message["status"] for message in held}
    assert statuses == {"streaming", "complete", "stopped", "interrupted", "failed"}
    assert {step["expect"]["rejoin"] for step in steps} == {True, False}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_vectors_conform_to_the_protocol(path: Any) -> None:
    for step in json.loads(path.read_text())["steps"]:
        if path.stem not in INVALID:
            found = problems(step["event"], step["data"]) if "event" in step else []
            assert list(found) == []
        assert list(problems("join", step["expect"]["join"])) == []
        assert list(problems("join.ack", step["joined"]) if "joined" in step else []) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_python_rule_passes_the_vectors(path: Any) -> None:
    for expected, actual in states(json.loads(path.read_text())):
        assert actual == expected


def passes(vector: dict[str, Any]) -> bool:
    """Does the Python rule produce what a vector expects after each step?"""
    try:
        return all(actual == expected for expected, actual in states(vector))
    except (ArithmeticError, LookupError, TypeError):  # a broken rule may raise
        return False


def states(vector: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the expected and the actual state after each step."""
    log = MessageLog(vector["conversation"])
    for step in vector["steps"]:
        rejoin = apply(log, step)
        messages = {id: as_vector(message) for id, message in log.messages.items()}
        yield step["expect"], {"messages": messages, "rejoin": rejoin, "join": log.join_request()}


def as_vector(message: Message) -> dict[str, Any]:
    """Return a message in the format of the vectors."""
    fields = {"seq": message.seq, "status": message.status}
    fields |= {"content": message.content, "thinking": message.thinking}
    sentences = {"error": message.error, "note": message.note}
    return fields | {key: sentence for key, sentence in sentences.items() if sentence}


def apply(log: MessageLog, step: dict[str, Any]) -> bool:
    """Apply a step; return whether the reader has to join again."""
    if "event" in step:
        return log.apply(step["event"], step["data"]) is Outcome.REJOIN or log.is_behind
    if "joining" in step:
        log.joining()
    elif step["joined"].get("reload"):
        log.forget()
        return True
    else:
        log.joined(step["joined"])
    return log.is_behind
