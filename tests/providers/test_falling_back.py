"""Another model answers where the one that was asked can't."""

from __future__ import annotations

import pytest

from app.config import Config
from app.models.offered_model import Offer
from app.providers import AnsweredBy, Models, Note, Text, Turn, Usage
from app.providers.base import Cancelled, PermanentError, TransientError
from app.providers.call import TimeLimits
from app.providers.falling_back import FallingBackStream
from app.providers.stored import stored_model
from tests.providers.reading import read
from tests.support.fake_model import FakeModel
from tests.support.scripted_models import ScriptedStream

LIMITS = TimeLimits(connect=10, read=20, total=40)
AWAY = TransientError("Away.")


def falling_back(*first: object, second: tuple[object, ...] = (Text("yes"),)) -> FallingBackStream:
    streams = [ScriptedStream(says) for says in (first, second)]  # type: ignore[arg-type]
    return FallingBackStream(streams[0], lambda: streams[1], "b", "So-and-so.")


def test_the_second_answers_where_the_first_is_away() -> None:
    stream = falling_back(AWAY, second=(Text("yes"), Usage(1, 2), Note("Cut.")))
    noted = Note("So-and-so. Cut.")
    assert list(stream) == [AnsweredBy("b"), Text("yes"), Usage(1, 2), noted]


def test_an_answer_of_the_second_that_was_cut_can_go_on() -> None:
    stream = falling_back(AWAY, second=(Text("yes"), Note("Cut.", is_cut=True)))
    assert list(stream)[-1] == Note("So-and-so. Cut.", is_cut=True)


def test_nothing_changes_where_the_first_answers() -> None:
    assert list(falling_back(Text("no"), Note("Cut."))) == [Text("no"), Note("Cut.")]


@pytest.mark.parametrize("says", [(Text("a"), AWAY), (PermanentError("No."),), (Cancelled(),)])
def test_what_has_begun_or_does_not_pass_is_not_asked_elsewhere(says: tuple[object, ...]) -> None:
    with pytest.raises((TransientError, PermanentError, Cancelled)):
        list(falling_back(*says))


def test_a_stream_that_was_closed_meanwhile_closes_the_second() -> None:
    second = ScriptedStream([Text("yes")])
    stream = FallingBackStream(ScriptedStream([AWAY]), lambda: second, "b", "")
    stream.close()
    assert list(stream) and second.closed == 1


def offer(url: str, model: str, **more: object) -> Offer:
    about = (
        "openai",
        model,
        f"{url}/v1",
        None,
        model.capitalize(),
        "",
        None,
        None,
        None,
        False,
        None,
    )
    return Offer(f"acme:{model}", *about)._replace(**more)


def test_a_fallback_may_be_any_model(fake: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.providers.retrying.DELAYS_SECONDS", (0.01, 0.01))
    set_up = Models.from_config(Config(secret_key="x", models=("demo",)))
    offers = [offer(fake.url, "503", fallback="acme:openai-text"), offer(fake.url, "openai-text")]
    stored = {each.name: stored_model(each, None) for each in offers}
    models = set_up.with_stored(stored)
    got = read(models.stream("acme:503", [Turn("user", "Why?")]))
    assert AnsweredBy("acme:openai-text") in got.events
    assert got.content and got.note == "503 did not answer, so Openai-text did."
    alone = read(models.trial("acme:503", [Turn("user", "Why?")], LIMITS))
    assert isinstance(alone.error, TransientError)
    gone = set_up.with_stored({"acme:503": stored["acme:503"]})
    assert isinstance(read(gone.stream("acme:503", [Turn("user", "?")])).error, TransientError)
