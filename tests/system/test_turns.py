"""A model is sent alternating turns with text, however the answers before have ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database, Stored
from tests.support.fake_model import FakeModel
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.system
Read = Callable[..., Reader]

LEASE_SECONDS = 1.0
RECORDINGS = {"openai": "openai-text", "anthropic": "anthropic-text"}
# How the model answers the first question, the second, … The last item answers all others, and is a
# server that refuses turns of the same role that follow one another.
ENDS = "401;hang;eof:{0};{0}@5;hang;roles:{0}"
MODELS = {api: f"{api}:{ENDS.format(recording)}" for api, recording in RECORDINGS.items()}


@pytest.fixture(scope="module")
def model() -> Iterator[FakeModel]:
    with FakeModel() as model:
        yield model


@pytest.fixture(scope="module")
def settings(model: FakeModel) -> dict[str, str]:
    """The same model by both APIs."""
    return {
        "MODELS": ",".join(MODELS.values()),
        "OPENAI_BASE_URL": f"{model.url}/v1",
        "OPENAI_API_KEY": "any",
        "ANTHROPIC_BASE_URL": model.url,
        "ANTHROPIC_API_KEY": "any",
        "LEASE_SECONDS": str(LEASE_SECONDS),
    }


@pytest.mark.parametrize("api", MODELS)
def test_answers_that_did_not_end_well_do_not_break_the_ones_that_follow(
    api: str, model: FakeModel, server: Server, database: Database, cast: Cast, read: Read
) -> None:
    model.requests.clear()
    where = database.conversation(cast.olive, model=MODELS[api])
    olive = read(cast.olive, where)

    def ask(question: str) -> str:
        return str(olive.send(question)["reply"])

    def ended(reply: str, status: str) -> Stored:
        stored = agreed([olive], reply, database)
        assert stored.status == status
        return stored

    def stop(reply: str) -> None:
        assert olive.ask("stop", {"id": reply})["ok"]

    refused = ended(ask("One?"), "failed")
    silent = ask("Two?")
    eventually(lambda: len(model.requests) == 2)
    stop(silent)
    unheard = ended(silent, "stopped")
    half = ended(ask("Three?"), "failed")
    slow = ask("Four?")
    eventually(lambda: olive.has_text(slow))
    stop(slow)
    stopped = ended(slow, "stopped")
    lost = ask("Five?")
    eventually(lambda: len(model.requests) == 5)
    restart(server, olive)
    interrupted = ended(lost, "interrupted")
    first = ended(ask("Six?"), "complete")
    last = ended(ask("Seven?"), "complete")

    assert not refused.content + unheard.content + interrupted.content
    assert half.content and stopped.content and first.content and last.content
    sent = [turns(request.body) for request in model.requests]
    assert len(sent) == 7, "each question was sent once"
    for messages in sent:
        roles = [role for role, _ in messages]
        assert roles == (["user", "assistant"] * len(roles))[: len(roles)]
        assert roles[-1] == "user"
        assert all(content.strip() for _, content in messages)
    assert sent[-1] == [
        ("user", "One?\n\nTwo?\n\nThree?"),
        ("assistant", half.content),
        ("user", "Four?"),
        ("assistant", stopped.content),
        ("user", "Five?\n\nSix?"),
        ("assistant", first.content),
        ("user", "Seven?"),
    ]


def restart(server: Server, reader: Reader) -> None:
    """Kill the server while it waits for an answer, and start it again."""
    server.kill()
    server.start()
    reader.cut()
    reader.connect(server.url)


def turns(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the role and the text of each message of a request."""
    return [(each["role"], each["content"]) for each in body["messages"]]
