"""The commands print an answer's note to standard error; the answer is complete all the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from app.providers.endings import CUT, EMPTY
from tests.clients.command import Command
from tests.clients.readers import EVERY, Readers
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import CASES, Body
from tests.support.server import Server

pytestmark = pytest.mark.system

Midstream = Callable[..., Command]

TEXT = "The three laws are: first, \n"


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    """A model that reaches its limit, and one that says nothing."""
    with FakeModel() as model:
        for name in ("length", "empty-stop"):
            model.bodies[name] = Body((CASES / f"{name}.sse").read_bytes())
        yield {
            "MODELS": "openai:length,openai:empty-stop",
            "OPENAI_BASE_URL": f"{model.url}/v1",
        }


@pytest.mark.parametrize(
    ("model", "text", "note"), [("length", TEXT, CUT), ("empty-stop", "\n", EMPTY)]
)
def test_they_print_the_note_after_the_answer(
    model: str, text: str, note: str, server: Server, database: Database, cast: Cast
) -> None:
    readers, token = Readers(server.url), cast.olive.token
    try:
        commands = {
            name: readers.start(
                name,
                database.conversation(cast.olive, model=f"openai:{model}"),
                "What are the laws?",
                token=token,
            )
            for name in EVERY
        }
        ended = {name: (each.wait(), each.output, each.errors) for name, each in commands.items()}
    finally:
        readers.close()
    assert ended == {name: (0, text, f"{program(name)}: {note}\n") for name in EVERY}


def test_the_python_command_prints_it_with_a_page_and_in_json(
    midstream: Midstream, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, model="openai:length")
    asked = midstream("ask", where, "What are the laws?", "--json")
    assert asked.wait() == 0
    assert json.loads(asked.output)["note"] == CUT
    read = midstream("read", where)
    assert (read.wait(), read.output) == (0, f"What are the laws?\n{TEXT}")
    assert asked.errors == read.errors == f"midstream: {CUT}\n"


def program(name: str) -> str:
    """Return the name with which a reader's messages begin."""
    return "midstream" if name == "Python" else "midstream-reader"
