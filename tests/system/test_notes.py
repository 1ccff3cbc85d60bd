"""The note of an answer that is not all that was meant reaches every reader, whenever it joins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from app.providers import endings
from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import CASES, Body
from tests.support.http_session import BrowserSession
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.system
Read = Callable[..., Reader]

NOTES = {
    "length": endings.CUT,
    "safety-empty": endings.FILTERED,
}


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    """Models whose answers are not all that was meant."""
    with FakeModel() as model:
        for name in NOTES:
            model.bodies[name] = Body((CASES / f"{name}.sse").read_bytes())
        models = ",".join(["demo", *(f"openai:{name}" for name in NOTES)])
        yield {"MODELS": models, "OPENAI_BASE_URL": f"{model.url}/v1"}


@pytest.mark.parametrize("name", NOTES)
def test_a_note_arrives_with_the_end_on_a_later_join_and_in_the_page(
    name: str, server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max, model=f"openai:{name}")
    olive, away = read(cast.olive, where), read(cast.max, where)
    away.loses = lambda event, data: event == "streaming_end"

    reply = olive.send("What are the laws?")["reply"]
    eventually(lambda: olive.shows(reply, "complete"))
    away.cut()
    away.connect(server.url)
    late = read(cast.max, where)

    stored = agreed([olive, away, late], reply, database)
    assert (stored.status, stored.error, stored.note) == ("complete", None, NOTES[name])
    [end] = olive.events("streaming_end", reply)
    [state] = away.events("current_state", reply)[-1:]
    [message] = late.events("message", reply)
    assert end["note"] == state["note"] == message["note"] == NOTES[name]
    assert olive.message(reply).note == NOTES[name]
    assert f'<p class="message-note">{NOTES[name]}</p>'.replace("'", "&#39;") in page(
        server, cast, where
    )


def test_an_answer_that_is_all_that_was_meant_has_no_note(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send("Short. /think 0 /tokens 5 /rate 0")["reply"]
    stored = agreed([olive], reply, database)
    assert (stored.status, stored.note) == ("complete", None)
    assert "note" not in olive.events("streaming_end", reply)[0]
    assert '<p class="message-note" hidden></p>' in page(server, cast, where)


def page(server: Server, cast: Cast, where: str) -> str:
    """Return the page of a conversation."""
    with closing(BrowserSession(server.url)) as browser:
        browser.sign_in(cast.olive)
        return browser.http.get(f"{server.url}/conversations/{where}", timeout=20).text
