"""An answer in each state that a page can show, each in its own conversation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from app.demo.stories import MAX, OLIVE
from docs.pictures.browser_setup import BrowserSetup
from docs.pictures.paused_model import EXCHANGE, TITLES

ANSWER = "article[data-role=assistant]"
ENDED = ("stopped", "failed", "interrupted")


@contextmanager
def answer_in(setup: BrowserSetup, state: str) -> Iterator[str]:
    """Ask in a new conversation; yield its path while the answer is in this state."""
    path = setup.create_conversation(TITLES[state], OLIVE, MAX)
    setup.model.state = state
    if state == "interrupted":
        with setup.another_server() as url:
            _ask(setup.open(OLIVE, path, url=url), state)
    else:
        _ask(setup.open(OLIVE, path), state)
    yield path
    setup.proxy.restore()


def prepare(setup: BrowserSetup, state: str, pages: list[Page]) -> None:
    """Cut the connections of the pages if that is the state to show."""
    if state == "offline":
        setup.proxy.cut()
        for page in pages:
            page.wait_for_selector("[data-banner]:visible")


def _ask(page: Page, state: str) -> None:
    _send(page, EXCHANGE.question)
    page.wait_for_selector(ANSWER if state == "waiting" else f"{ANSWER}:has-text('log')")
    page.wait_for_timeout(500)
    if state == "queued":
        _send(page, "And if two ask at once?")
        page.wait_for_selector("article:nth-of-type(3)")
    if state == "stopped":
        page.click("[data-composer] [data-action=stop]")
    if state != "interrupted":
        status = state if state in ENDED else "streaming"
        page.wait_for_selector(f"{ANSWER}[data-status={status}]")
    page.context.close()


def _send(page: Page, question: str) -> None:
    page.fill("[data-composer-text]", question)
    page.press("[data-composer-text]", "Enter")
