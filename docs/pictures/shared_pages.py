"""What several people, an assistant and a limit show in a conversation."""

from __future__ import annotations

from functools import partial

from playwright.sync_api import Page
from sqlalchemy import update

from app.database import write
from app.demo.stories import EVE, MAX, OLIVE
from app.extensions import db
from app.models import Conversation
from docs.pictures.browser_setup import BrowserSetup
from docs.pictures.screenshot import Act, Screenshot
from tests.support.sample_files import picture

COMPOSER = "[data-composer-text]"
COMPLETE = "article[data-role=assistant][data-status=complete]"
BRIEF = "cost"  # of the model: it answers with a page for a bakery
QUESTION = "A page for the bakery? We open on Saturday at eight, and close when no bread is left."
ANSWERED_MS = 20_000
TWICE = 2
ALMOST = "10 tokens"  # less than one answer takes


def shared_pages(setup: BrowserSetup) -> dict[str, Screenshot]:
    """Return each by the name of its screenshot."""
    lunch = setup.create_conversation("Where to eat on Friday", OLIVE, MAX, EVE)
    return {
        "assistant-answers": Screenshot(OLIVE, _with_assistant(setup)),
        "context-mark": Screenshot(OLIVE, _with_mark(setup)),
        "limit": Screenshot(OLIVE, _answered(setup, "What is left of a limit"), *_limited(setup)),
        "presence": Screenshot(MAX, lunch, *_with_others(setup, lunch)),
    }


def _ask(page: Page, *questions: str) -> None:
    """Ask, and wait for each answer."""
    before = page.locator(COMPLETE).count()
    for number, question in enumerate(questions, before):
        page.fill(COMPOSER, question)
        page.press(COMPOSER, "Enter")
        page.locator(COMPLETE).nth(number).wait_for(timeout=ANSWERED_MS)


def _answered(setup: BrowserSetup, title: str, times: int = 1) -> str:
    """Ask in a new conversation; return its path."""
    setup.model.state = BRIEF
    path = setup.create_conversation(title, OLIVE)
    page = setup.open(OLIVE, path)
    _ask(page, *[QUESTION] * times)
    page.context.close()
    return path


def _with_assistant(setup: BrowserSetup) -> str:
    """Begin with an assistant that has a picture, and ask; return the conversation's path."""
    setup.model.state = BRIEF
    page = setup.open(OLIVE, "/assistants")
    page.fill("[name=name]", "Baker")
    page.fill("[name=system_prompt]", "You know all about a small bakery.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Change Baker").click()
    file = {"name": "baker.png", "mimeType": "image/png", "buffer": picture(size=(64, 64))}
    page.locator("input[type=file]").set_input_files([file])
    page.get_by_role("button", name="Save picture").click()
    page.goto("/assistants")
    page.get_by_role("button", name="Begin with Baker").click()
    page.wait_for_url("**/conversations/*")
    _ask(page, QUESTION)
    path = page.url.partition("/conversations")
    page.context.close()
    return "".join(path[1:])


def _with_mark(setup: BrowserSetup) -> str:
    """Return the path of a conversation of which a model reads the end alone."""
    path = _answered(setup, "A long conversation", TWICE)
    here = Conversation.public_id == path.rpartition("/")[2]
    with setup.app_context():
        write(lambda: db.session.execute(update(Conversation).where(here).values(sent_from=3)))
    return path


def _limited(setup: BrowserSetup) -> tuple[Act, Act]:
    """Let Olive use up her limit, and give her none again."""
    limit = partial(setup.path_of, "user", "limit", OLIVE.email)

    def use_up(page: Page) -> None:
        limit(ALMOST)
        page.reload()
        page.wait_for_selector(".composer-warning:visible")

    return use_up, lambda _: limit("default") and None


def _with_others(setup: BrowserSetup, path: str) -> tuple[Act, Act]:
    """Let Olive look at a conversation and Eve type in it, until the picture is taken."""
    others: list[Page] = []

    def come(page: Page) -> None:
        others.extend(setup.open(each, path) for each in (OLIVE, EVE))
        others[-1].locator(COMPOSER).press_sequentially("How about the ")
        page.wait_for_selector("[data-typing]:not(:empty)")

    def go(_: Page) -> None:
        while others:
            others.pop().context.close()

    return come, go
