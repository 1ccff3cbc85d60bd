"""An answer in each state that a page can show, each in its own conversation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from app.demo.stories import MAX, OLIVE
from docs.pictures.browser_setup import BrowserSetup
from docs.pictures.paused_model import STATES, TITLE

ANSWER = "article[data-role=assistant]"


@contextmanager
def answer_in(setup: BrowserSetup, state: str) -> Iterator[str]:
    """Ask in a new conversation; yield its path while the answer is in this state."""
    path = setup.create_conversation(STATES[state].title or f"{TITLE}: {state}", OLIVE, MAX)
    setup.model.state = state
    if state == "interrupted":
        with setup.another_server() as url:
            _ask(setup.open(OLIVE, path, url=url), state)
    else:
        _ask(setup.open(OLIVE, path), state)
    yield path
    setup.proxy.restore()


def prepare(setup: BrowserSetup, state: str, pages: list[Page]) -> None:
    """Do in the pages what this state is about: cut their connections, open a menu."""
    if state == "offline":
        setup.proxy.cut()
    for page in pages:
        if state == "offline":
            page.wait_for_selector("[data-banner]:visible")
        elif state == "cost":
            page.locator("[data-action=details]:visible").last.click()
        elif state == "reacting":
            page.locator("[data-action=more]:visible").last.click()
            page.wait_for_selector("[data-message-menu]:visible")
        elif state == "preview":
            page.get_by_role("button", name="Preview").click()
            page.locator("iframe").scroll_into_view_if_needed()


def _ask(page: Page, state: str) -> None:
    _send(page, STATES[state].question)
    status = STATES[state].status
    is_begun = ANSWER if state == "waiting" else f"{ANSWER} .message-content *"
    page.wait_for_selector(f"{ANSWER} .message-thinking" if state == "thinking" else is_begun)
    page.wait_for_timeout(500)
    if state == "queued":
        _send(page, "And if two ask at once?")
        page.wait_for_selector("article:nth-of-type(3)")
    if state == "stopped":
        page.click("[data-composer] [data-action=stop]")
    if state != "interrupted":
        page.wait_for_selector(f"{ANSWER}[data-status={status}]")
    page.context.close()


def _send(page: Page, question: str) -> None:
    page.fill("[data-composer-text]", question)
    page.press("[data-composer-text]", "Enter")
