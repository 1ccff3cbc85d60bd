"""What the renderer makes of texts that can't be rendered, or not now."""

from __future__ import annotations

import pytest
from flask import Flask

from app.markdown import render
from app.rendering import renderer as module
from app.rendering.process import NotStarted, Unrenderable
from app.rendering.renderer import MOST_UNRENDERABLE, SHORT, Renderer, as_text
from tests.test_markdown import SAMPLES, Harmless

LONG = "A *long* text.\n\n" * 5000


class Scripted:
    """Raises this at each step, or does nothing."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.steps = 0

    def step(self, key: int, text: str) -> str | None:
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


@pytest.mark.parametrize("error", [Unrenderable(), RecursionError(), MemoryError()])
def test_what_can_not_be_rendered_is_text_and_not_tried_again(
    renderer: Renderer, error: Exception, caplog: pytest.LogCaptureFixture
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
    for key in range(MOST_UNRENDERABLE + 10):
        renderer.render(key, "assistant", LONG, 10)
    assert len(renderer._unrenderable) == MOST_UNRENDERABLE


@pytest.mark.parametrize("text", SAMPLES["attacks"])
def test_text_is_harmless(text: str) -> None:
    html = as_text(text)
    Harmless().feed(html)
    assert html == as_text(text)


def test_text_keeps_its_lines() -> None:
    assert as_text("a <b>\r\n\nc") == "<p>a &lt;b&gt;<br>\n<br>\nc</p>\n"
