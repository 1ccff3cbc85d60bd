"""What the renderer makes of texts that can't be rendered, or not now."""

from __future__ import annotations

from asyncio import CancelledError
from functools import cache

import pytest
from flask import Flask

from app import markdown
from app.rendering import renderer as module
from app.rendering.process import NoReply, NotStarted, Unrenderable
from app.rendering.renderer import (
    LONGEST_RETRY_SECONDS,
    MOST_FAILED,
    RETRY_SECONDS,
    SHORT,
    Renderer,
    as_text,
)
from tests.support.clock import Clock
from tests.test_markdown import SAMPLES, Harmless

LONG = "A *long* text.\n\n" * 4000
render = cache(markdown.render)


class Scripted:
    """Raises this at each step, or does nothing."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.steps = 0

    def step(self, key: int, text: str, is_open: bool = False) -> str | None:
        self.steps += 1
        if self.error:
            raise self.error
        return None


@pytest.fixture
def renderer(app: Flask) -> Renderer:
    made: Renderer = app.extensions["renderer"]
    return made


def test_a_long_text_is_rendered_in_pieces(renderer: Renderer) -> None:
    assert renderer.render(1, "assistant", LONG, 10) == render(LONG)


def test_a_short_text_does_not_wait(renderer: Renderer) -> None:
    renderer.worker = Scripted(NotStarted())
    assert renderer.render(1, "assistant", "*Hi*", 0) == render("*Hi*")
    assert renderer.render(1, "assistant", "a" * SHORT, 0) == render("a" * SHORT)
    assert renderer.render(1, "assistant", "a" * (SHORT + 1), 0) is None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.mark.parametrize(
    "error", [Unrenderable(), RecursionError(), MemoryError(), CancelledError()]
)
def test_what_can_not_be_rendered_is_text_and_not_tried_again(
    renderer: Renderer, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    renderer.worker = scripted = Scripted(error)
    assert renderer.render(1, "assistant", LONG, 10) == as_text(LONG)
    assert renderer.render(1, "assistant", LONG + "more", 10) == as_text(LONG + "more")
    assert scripted.steps == 1
    assert "Message 1 can't be rendered" in caplog.text
    assert LONG not in caplog.text


def test_where_there_is_no_process_it_is_tried_again(renderer: Renderer) -> None:
    renderer.worker = Scripted(NotStarted())
    assert renderer.render(1, "assistant", LONG, 10) is None
    renderer.worker = module.Texts()
    assert renderer.render(1, "assistant", LONG, 10) == render(LONG)


def test_a_text_without_a_reply_is_tried_again_later(renderer: Renderer, clock: Clock) -> None:
    """The machine may have been too busy: that says nothing about the text."""
    renderer.worker = Scripted(NoReply())
    assert renderer.render(1, "assistant", LONG, 10) is None
    renderer.worker = module.Texts()
    assert renderer.render(1, "assistant", LONG, 10) is None, "others come first"
    assert renderer.render(2, "assistant", LONG, 10) == render(LONG)
    clock.sleep(RETRY_SECONDS)
    assert renderer.render(1, "assistant", LONG, 10) == render(LONG)


def test_a_text_without_a_reply_never_becomes_text(
    renderer: Renderer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried ever later, and rendered as soon as the machine has time for it."""
    renderer.worker = scripted = Scripted(NoReply())
    for tries in range(1, 12):
        pause = min(RETRY_SECONDS * 2 ** (tries - 1), LONGEST_RETRY_SECONDS)
        assert renderer.render(1, "assistant", LONG, 10) is None
        clock.sleep(pause - 1)
        assert renderer.render(1, "assistant", LONG, 10) is None
        assert scripted.steps == len(caplog.records) == tries
        clock.sleep(1)
    renderer.worker = module.Texts()
    assert renderer.render(1, "assistant", LONG, 10) == render(LONG)


def test_a_text_that_takes_longer_goes_on_the_next_time(renderer: Renderer) -> None:
    tries = 1
    while (html := renderer.render(1, "assistant", LONG, 0)) is None:
        tries += 1
    assert html == render(LONG)
    assert tries > 2


def test_who_does_not_get_a_turn_in_time_gets_nothing(renderer: Renderer) -> None:
    assert renderer._turns.acquire(0)
    assert renderer.render(1, "assistant", LONG, 0.01) is None
    renderer._turns.release()
    assert renderer.render(1, "assistant", LONG, 10) == render(LONG)


def test_after_an_error_others_get_their_turn(renderer: Renderer) -> None:
    renderer.worker = Scripted(Unrenderable())
    renderer.render(1, "assistant", LONG, 10)
    renderer.worker = module.Texts()
    assert renderer.render(2, "assistant", LONG, 10) == render(LONG)


def test_only_so_many_are_remembered(renderer: Renderer) -> None:
    renderer.worker = Scripted(Unrenderable())
    for key in range(MOST_FAILED + 10):
        renderer.render(key, "assistant", LONG, 10)
    assert len(renderer._failures) == MOST_FAILED


@pytest.mark.parametrize("text", SAMPLES["attacks"])
def test_text_is_harmless(text: str) -> None:
    html = as_text(text)
    Harmless().feed(html)
    assert html == as_text(text)


def test_text_keeps_its_lines() -> None:
    assert as_text("a <b>\r\n\nc") == "<p>a &lt;b&gt;<br>\n<br>\nc</p>\n"
