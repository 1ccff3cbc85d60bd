"""Pages for which no model has to pose, and what is done on them before the picture is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page

from app.demo.stories import MAX, OLIVE, Person
from docs.pictures.storyteller import TITLE
from docs.pictures.studio import Studio

Act = Callable[[Page], None]

LIVE_MS = 1500  # until a page that was loaded is live, on a busy machine

HIDE = """(token) => {
  for (const code of document.querySelectorAll("pre code")) {
    code.textContent = code.textContent.replace(token, `${token.slice(0, 14)}…`);
  }
}"""


class View(NamedTuple):
    """A page: who sees it, and what they do there."""

    who: Person | None
    path: str
    act: Act = lambda page: None


def views_of(here: Studio) -> dict[str, View]:
    """Return every page by the name of its picture."""
    empty = here.begin("New conversation", OLIVE, MAX)
    return {
        "login": View(None, "/login"),
        "login-refused": View(None, "/login", _fail_to_sign_in),
        "list": View(OLIVE, "/conversations"),
        "list-found": View(OLIVE, "/conversations?q=midstream"),
        "list-nothing": View(OLIVE, "/conversations?q=zwieback"),
        "error": View(OLIVE, "/nothing/here"),
        "account": View(OLIVE, "/account", _ask_to_sign_out),
        "token": View(OLIVE, "/account", _make_token),
        "empty": View(OLIVE, empty),
        "conversation": View(OLIVE, "/conversations", _open),
        "conversation-of-others": View(MAX, "/conversations", _open),
        "editing": View(OLIVE, "/conversations", _edit),
        "problem": View(OLIVE, empty, _send_nothing),
        "shortcuts": View(OLIVE, empty, _ask_for_shortcuts),
    }


def _fail_to_sign_in(page: Page) -> None:
    page.fill("[name=email]", OLIVE.email)
    page.fill("[name=password]", "something else")
    page.click("main [type=submit]")
    page.wait_for_selector("[role=alert]")


def _ask_to_sign_out(page: Page) -> None:
    page.click("text=Sign out everywhere")


def _make_token(page: Page) -> None:
    page.fill("input[name=name]", f"reader {page.evaluate('performance.timeOrigin')}")
    page.click("text=Make a token")
    page.wait_for_selector(".code-copy")
    token = page.locator("[data-new-token]").inner_text()
    page.evaluate(HIDE, token)  # it opens nothing any more, and still looks as if it did


def _open(page: Page) -> None:
    page.get_by_role("link", name=TITLE).click()
    page.wait_for_url("**/conversations/*")
    page.wait_for_timeout(LIVE_MS)


def _edit(page: Page) -> None:
    _open(page)
    page.press("[data-composer-text]", "ArrowUp")
    page.wait_for_selector("[data-composer-editing]:visible")


def _send_nothing(page: Page) -> None:
    page.fill("[data-composer-text]", " ")
    page.press("[data-composer-text]", "Enter")
    page.wait_for_selector("[data-composer-note]:visible")


def _ask_for_shortcuts(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
