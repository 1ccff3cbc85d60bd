"""Recorded responses of real models reach every reader exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.markdown import render
from tests.providers.reading import NAMES, api_of, content_of, recording
from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.reader import Reader
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]
Read = Callable[..., Reader]

ANSWER_SECONDS = 1.5


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    """All recordings, of both APIs, as models of one server."""
    with FakeModel() as model:
        yield {
            "MODELS": ",".join(map(model_name, NAMES)),
            "OPENAI_BASE_URL": f"{model.url}/v1",
            "ANTHROPIC_BASE_URL": model.url,
            "OPENAI_API_KEY": "any",
            "ANTHROPIC_API_KEY": "any",
        }


@pytest.mark.parametrize("name", NAMES)
def test_every_reader_receives_exactly_the_recorded_text(
    name: str, database: Database, cast: Cast, read: Read
) -> None:
    said = content_of(recording(name))
    where = database.conversation(cast.olive, cast.max, model=model_name(name))
    olive, max = read(cast.olive, where), read(cast.max, where)

    reply = olive.send("Say it.")["reply"]
    eventually(lambda: olive.has_text(reply))
    late = read(cast.max, where)

    stored = agreed([olive, max, late], reply, database)
    assert stored.status == "complete"
    assert (stored.content, stored.thinking) == (said.text, said.thinking)
    shown = [sample for sample in olive.samples[reply] if sample.content or sample.thinking]
    assert shown[0].status == "streaming", "it arrived in one piece"
    eventually(lambda: database.html(reply) == render(said.text))


def model_name(name: str) -> str:
    """Return the name in `MODELS` of the model that sends a recording at an even rate."""
    return f"{api_of(name)}:{name}@{len(recording(name)) / ANSWER_SECONDS:.0f}"
