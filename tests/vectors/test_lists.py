"""The vectors for lists are up to date, valid, and passed by the Python list.

tests/js/list-vectors.test.js tests the list in JavaScript.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from midstream.conversation_list import ConversationList
from tests.support.asyncapi import problems
from tests.vectors.lists import FOLDER, files

PATHS = sorted(FOLDER.glob("*.json"))


def test_the_files_are_up_to_date() -> None:
    assert {path.name: path.read_text() for path in PATHS} == files(), "run bin/vectors"
    assert len(PATHS) >= 10


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_python_list_passes_the_vectors(path: Path) -> None:
    list = ConversationList()
    for step in json.loads(path.read_text())["steps"]:
        apply(list, step)
        versions = {id: each["version"] for id, each in list.listed.items()}
        assert versions == step["expect"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_vectors_conform_to_the_protocol(path: Path) -> None:
    for step in json.loads(path.read_text())["steps"]:
        assert [*(problems(step["event"], step["data"]) if "event" in step else [])] == []
        conversations = step.get("state", step.get("page", []))
        ack = {"ok": True, "conversations": conversations}
        assert [*problems("conversations.ack", ack)] == []


def apply(list: ConversationList, step: dict[str, Any]) -> None:
    """Apply a step."""
    if "event" in step:
        list.apply(step["event"], step["data"])
    elif "asking" in step:
        list.ask()
    elif "state" in step:
        list.replace(step["state"])
    else:
        for conversation in step["page"]:
            list.add(conversation)
