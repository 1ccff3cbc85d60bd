"""Pages that need no streaming answer, and what is done on each before its screenshot."""

from __future__ import annotations

from playwright.sync_api import Page

from app.demo.stories import EVE, MAX, OLIVE, PASSWORD, TALLY, Person
from docs.pictures.browser_setup import BrowserSetup
from docs.pictures.passing_states import passing_states
from docs.pictures.paused_model import TITLE
from docs.pictures.rare_pages import rare_pages
from docs.pictures.screenshot import Act, Screenshot
from docs.pictures.settings_pages import settings_pages
from docs.pictures.shared_pages import shared_pages
from tests.support.sample_files import pdf, picture

WITH_VERSIONS = "Names for a boat"
WITH_SEVERAL = "Dinner for nine"
WITH_FILES = "article[data-role=user]:has(img)"
NEW_LINK = "[data-new-link]"
JOIN_MS = 1500  # for a page to join, on a busy machine
READ_MS = 60_000  # for files to be read by processes of their own


def all_pages(setup: BrowserSetup) -> dict[str, Screenshot]:
    """Return every page by the name of its screenshot."""
    empty = setup.create_conversation("New conversation", OLIVE, MAX)
    lunch = setup.create_conversation("Lunch on Friday", OLIVE, EVE)
    shared = setup.create_conversation("Bread for Saturday", OLIVE, MAX, TALLY)
    invite = setup.path_of("user", "invite")
    reset = setup.path_of("user", "reset-link", OLIVE.email)
    return {
        "login": Screenshot(None, "/login"),
        "login-refused": Screenshot(None, "/login", _fail_to_sign_in),
        "list": Screenshot(OLIVE, "/conversations"),
        "list-empty": Screenshot(_newcomer(setup), "/conversations"),
        "list-found": Screenshot(OLIVE, "/conversations?q=midstream"),
        "list-nothing": Screenshot(OLIVE, "/conversations?q=zwieback"),
        "error": Screenshot(OLIVE, "/nothing/here"),
        "archive": Screenshot(OLIVE, "/conversations?archived=1"),
        "found-beside": Screenshot(OLIVE, "/conversations", _search_beside),
        **rare_pages(setup),
        **settings_pages(setup),
        **shared_pages(setup),
        **passing_states(setup),
        "share": Screenshot(OLIVE, f"{shared}/share"),
        "share-link": Screenshot(OLIVE, f"{shared}/share", _make_link),
        "shared": Screenshot(None, _share(setup), _follow),
        "files": Screenshot(OLIVE, _with_files(setup), _show_files),
        "empty": Screenshot(OLIVE, empty),
        "models": Screenshot(OLIVE, empty, _choose_model),
        "retry-with": Screenshot(OLIVE, "/conversations", _choose_another_model),
        "without-scripts": Screenshot(OLIVE, "/conversations", _open, scripts=False),
        "removed": Screenshot(EVE, lunch, *_removal_from(setup, lunch)),
        "signed-out": Screenshot(EVE, lunch, _sign_out_elsewhere, lambda _: setup.forget(EVE)),
        "no-connection": Screenshot(OLIVE, empty, *_cutting(setup)),
        "conversation": Screenshot(OLIVE, "/conversations", _open),
        "conversation-of-others": Screenshot(MAX, "/conversations", _open),
        "mathematics": Screenshot(MAX, "/conversations", _read_mathematics),
        "diagram": Screenshot(OLIVE, "/conversations", _show_diagram),
        "details": Screenshot(OLIVE, "/conversations", _show_details),
        "menu": Screenshot(OLIVE, "/conversations", _open_menu),
        "renaming": Screenshot(OLIVE, "/conversations", _rename),
        "deleted": Screenshot(OLIVE, "/conversations", _delete, _undo),
        "options": Screenshot(OLIVE, f"{empty}/options"),
        "editing": Screenshot(OLIVE, "/conversations", _edit),
        "problem": Screenshot(OLIVE, empty, _send_nothing),
        "shortcuts": Screenshot(OLIVE, empty, _show_shortcuts),
        "several": Screenshot(EVE, "/conversations", _read_several),
        "mention": Screenshot(EVE, "/conversations", _mention),
        "versions": Screenshot(OLIVE, "/conversations", _open_versions),
        "people": Screenshot(OLIVE, f"{shared}/people", _make_link),
        "people-of-others": Screenshot(MAX, f"{shared}/people"),
        "joining": Screenshot(EVE, _link_into(setup, shared), _follow),
        "link": Screenshot(None, "/link"),
        "register": Screenshot(None, invite, _follow),
        "register-by-mail": Screenshot(None, "/register"),
        "password-forgotten": Screenshot(None, "/password/forgotten"),
        "mail-sent": Screenshot(None, "/password/forgotten", _ask_for_mail),
        "password-new": Screenshot(None, reset, _follow),
    }


def _newcomer(setup: BrowserSetup) -> Person:
    """Make somebody who is in no conversation yet."""
    nora = Person("nora@example.com", "Nora")
    setup.path_of("seed", "user", nora.email, "--name", nora.name, "--password", PASSWORD)
    return nora


def _fail_to_sign_in(page: Page) -> None:
    page.fill("[name=email]", OLIVE.email)
    page.fill("[name=password]", "something else")
    page.click("main [type=submit]")
    page.wait_for_selector("[role=alert]")


def _open(page: Page, title: str = TITLE) -> None:
    page.locator("a.listing-link", has_text=title).first.click()
    page.wait_for_url("**/conversations/*")
    page.wait_for_timeout(JOIN_MS)


def _search_beside(page: Page) -> None:
    _open(page)
    if not page.locator("#search").is_visible():
        page.get_by_role("link", name="Conversations").click()
    page.fill("#search", "week")
    page.wait_for_selector("[data-results] mark")


def _read_mathematics(page: Page) -> None:
    _open(page, "Why a tenth is not a tenth")
    page.wait_for_selector("math")
    page.locator("math").first.scroll_into_view_if_needed()


def _show_diagram(page: Page) -> None:
    _open(page, "Sign-ups by week")
    page.get_by_role("button", name="Show diagram").click()
    page.wait_for_timeout(JOIN_MS)
    page.locator("iframe").scroll_into_view_if_needed()


def _show_details(page: Page) -> None:
    _open(page)
    page.locator("[data-action=details]:visible").last.click()


def _open_menu(page: Page) -> None:
    _open(page)
    page.click(".topbar-options")
    page.wait_for_selector("[data-menu]:visible")


def _rename(page: Page) -> None:
    _open_menu(page)
    page.get_by_role("button", name="Rename").click()


def _delete(page: Page) -> None:
    _open(page, WITH_VERSIONS)
    page.click(".topbar-options")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").wait_for()


def _undo(page: Page) -> None:
    page.get_by_role("button", name="Undo").click()
    page.wait_for_timeout(JOIN_MS)


def _choose_model(page: Page) -> None:
    page.click("[data-models] > summary")


def _choose_another_model(page: Page) -> None:
    _open(page)
    page.get_by_role("button", name="Retry with another model").last.click()


def _removal_from(setup: BrowserSetup, conversation: str) -> tuple[Act, Act]:
    """Return what removes a member who reads there, and what adds them again."""
    where = conversation.rpartition("/")[2]

    def remove(page: Page) -> None:
        setup.path_of("members", "remove", where, EVE.email)
        page.wait_for_selector("[data-banner]:visible")

    return remove, lambda _: setup.path_of("members", "add", where, EVE.email) and None


def _sign_out_elsewhere(page: Page) -> None:
    other = page.context.new_page()
    other.set_viewport_size({"width": 1280, "height": 800})  # where the button is in sight
    other.goto("/conversations")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/login")
    other.close()
    page.wait_for_selector("[data-banner]:visible")


def _cutting(setup: BrowserSetup) -> tuple[Act, Act]:
    """Return what cuts the connection before another page is opened, and what restores it."""

    def cut(page: Page) -> None:
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        setup.proxy.cut()
        page.goto("/conversations")

    return cut, lambda _: setup.proxy.restore()


def _edit(page: Page) -> None:
    _open(page)
    page.press("[data-composer-text]", "ArrowUp")
    page.wait_for_selector("[data-composer-editing]:visible")


def _send_nothing(page: Page) -> None:
    page.fill("[data-composer-text]", " ")
    page.click("[data-composer-send]")
    page.wait_for_selector("[data-composer-note]:visible")


def _show_shortcuts(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")


def _open_versions(page: Page) -> None:
    _open(page, WITH_VERSIONS)
    page.locator(".message-versions").first.scroll_into_view_if_needed()


def _read_several(page: Page) -> None:
    _open(page, WITH_SEVERAL)


def _mention(page: Page) -> None:
    _open(page, WITH_SEVERAL)
    page.locator("[data-composer-text]").press_sequentially("@")
    page.wait_for_selector("[role=option]")


def _link_into(setup: BrowserSetup, conversation: str) -> str:
    """Make a link as the owner does, and return its path."""
    page = setup.open(OLIVE, f"{conversation}/people")
    _make_link(page)
    link = page.locator(NEW_LINK).inner_text()
    page.context.close()
    return link.removeprefix(setup.server.settings["PUBLIC_URL"])


def _share(setup: BrowserSetup) -> str:
    """Share a conversation of the demo, and return the link's path."""
    page = setup.open(OLIVE, "/conversations")
    _open(page)
    page.goto(page.url + "/share")
    _make_link(page)
    link = page.locator(NEW_LINK).inner_text()
    page.context.close()
    return link.removeprefix(setup.server.settings["PUBLIC_URL"])


def _with_files(setup: BrowserSetup) -> str:
    """Send a message with a picture and a document, and return the conversation's path."""
    path = setup.create_conversation("The plan", OLIVE, MAX)
    page = setup.open(OLIVE, path)
    files = {"sky.png": picture(size=(640, 480)), "plan.pdf": pdf("The plan")}
    page.locator("[data-composer-attach]").set_input_files(
        [{"name": name, "mimeType": "x/y", "buffer": data} for name, data in files.items()]
    )
    uploaded = page.locator(".file-chip[data-uploaded=true]")
    uploaded.nth(len(files) - 1).wait_for(timeout=READ_MS)
    page.fill("[data-composer-text]", "What do you think of these?")
    page.press("[data-composer-text]", "Enter")
    page.wait_for_selector(WITH_FILES)
    page.context.close()
    return path


def _show_files(page: Page) -> None:
    page.locator(WITH_FILES).scroll_into_view_if_needed()
    page.wait_for_timeout(JOIN_MS)


def _make_link(page: Page) -> None:
    page.get_by_role("button", name="Create a link").click()
    page.locator(NEW_LINK).scroll_into_view_if_needed()


def _follow(page: Page) -> None:
    page.wait_for_url(lambda url: "/link#" not in url and not url.endswith("/link"))


def _ask_for_mail(page: Page) -> None:
    page.fill("[name=email]", "olive@example.org")
    page.get_by_role("button", name="Send the link").click()
    page.wait_for_selector("text=Check your email")
