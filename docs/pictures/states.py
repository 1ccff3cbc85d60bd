"""An answer in each state in which it can be seen, each in a conversation of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from app.demo.stories import MAX, OLIVE
from docs.pictures.storyteller import STORY, TITLES
from docs.pictures.studio import Studio

ANSWER = "article[data-role=assistant]"
ENDED = ("stopped", "failed", "interrupted")


@contextmanager
def posed(here: Studio, state: str) -> Iterator[str]:
    """Ask in a conversation of its own; give its path while the answer is in this state."""
    path = here.begin(TITLES[state], OLIVE, MAX)
    here.model.state = state
    if state == "interrupted":
        with here.another_server() as url:
            _ask(here.page(OLIVE, path, url=url), state)
    else:
        _ask(here.page(OLIVE, path), state)
    yield path
    here.proxy.restore()


def reach(here: Studio, state: str, pages: list[Page]) -> None:
    """Do to the open pages what shows them in this state, where the answer alone does not."""
    if state == "offline":
        here.proxy.cut()
        for page in pages:
            page.wait_for_selector("[data-banner]:visible")


def _ask(page: Page, state: str) -> None:
    _say(page, STORY.question)
    page.wait_for_selector(ANSWER if state == "waiting" else f"{ANSWER}:has-text('log')")
    page.wait_for_timeout(500)
    if state == "queued":
        _say(page, "And if two ask at once?")
        page.wait_for_selector("article:nth-of-type(3)")
    if state == "stopped":
        page.click(f"{ANSWER} [data-action=stop]")
    if state != "interrupted":
        status = state if state in ENDED else "streaming"
        page.wait_for_selector(f"{ANSWER}[data-status={status}]")
    page.context.close()


def _say(page: Page, question: str) -> None:
    page.fill("[data-composer-text]", question)
    page.press("[data-composer-text]", "Enter")
