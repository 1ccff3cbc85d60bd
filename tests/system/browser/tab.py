"""A browser tab: what a user can do and see there."""

from __future__ import annotations

import re
import subprocess
import time
from functools import cache
from pathlib import Path
from subprocess import PIPE

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Route

from tests.support.cast import PASSWORD, Person

ROOT = Path(__file__).parents[3]
ESBUILD = [ROOT / "bin/with-node", ROOT / "node_modules/.bin/esbuild", "--bundle", "--format=esm"]
ACCOUNT_PAGES = (
    *("/account", "/account/security", "/account/tokens", "/account/appearance"),
    *("/account/notifications", "/account/data"),
)
LATE_SECONDS = 0.4
MOST_SAID = 2000
LAST_ANSWER = "article[data-role=assistant]:not(:has(~ article[data-role=assistant]))"
EXPECTED = (
    *("Failed to load resource", "WebSocket connection to"),  # a network that the test has cut
    "Service Worker registration blocked by Playwright",
)
STANDING_CLOCK = "const now = Date.now(); Date.now = () => now;"  # a countdown never ends
OWN = re.compile(r' data-own="(?:true|false)"')
ARTICLES = """all => all.map((one) => {
  const article = one.cloneNode(true);
  article.querySelector("[data-seen]")?.remove();
  article.querySelector(".message-share")?.remove(); // the owner's alone
  return article.outerHTML;
})"""
SHOW = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  Object.defineProperty(document, "hidden", { value: state === "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class Tab:
    """A page, and the errors of its scripts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self._old = ""  # the last answer when another one was asked for
        page.on("pageerror", self._script_failed)
        page.on("console", self._message_logged)

    def ask(self, question: str) -> None:
        """Type a question and press Enter."""
        self._old = self._last()
        self.page.fill("[data-composer-text]", question)
        self.page.press("[data-composer-text]", "Enter")

    @property
    def answer(self) -> Locator:
        """The last answer."""
        return self.page.locator("article[data-role=assistant]").last

    @property
    def alert(self) -> Locator:
        """The alert about something that failed."""
        return self.page.locator("[data-complaint]")

    def press(self, action: str) -> None:
        """Press a button of the last answer, such as retry or copy, or stop it."""
        if action == "retry":
            self._old = self._last()
        place = self.stop if action == "stop" else self.answer.locator(f"[data-action={action}]")
        place.click()

    @property
    def stop(self) -> Locator:
        """The button that stops the answer."""
        return self.page.locator("[data-composer] [data-action=stop]")

    def wait_for(self, *statuses: str) -> None:
        """Wait until the last answer, which is the one that was asked for, has one of these
        statuses."""
        self.page.wait_for_selector(
            ", ".join(f"{self._awaited}[data-status={each}]" for each in statuses)
        )
        self._old = ""

    def wait_for_text(self, part: str = "content") -> None:
        """Wait until the answer that was asked for has text, or thinking."""
        self.page.locator(f"{self._awaited} .message-{part}:not(:empty)").wait_for()

    def hide_and_show(self, seconds: float) -> None:
        """Hide the tab for so many seconds, with its scripts paused, and show it again.

        Headless Chromium treats every tab as visible, so the page's own properties are changed.
        """
        self.page.evaluate(SHOW, "hidden")
        devtools = self.page.context.new_cdp_session(self.page)
        devtools.send("Debugger.enable")
        devtools.send("Debugger.pause")
        time.sleep(seconds)
        devtools.send("Debugger.resume")
        devtools.detach()
        self.page.evaluate(SHOW, "visible")

    def leave_and_come_back(self) -> None:
        """Go to another page and back; the browser may restore the page from its cache."""
        here = self.page.url
        self.page.goto("/conversations")
        self.page.go_back(wait_until="commit")
        self.page.wait_for_url(here, wait_until="commit")

    @property
    def articles(self) -> list[str]:
        """The HTML of all messages, without what differs between users: `data-own`, and who has
        seen them."""
        all = self.page.eval_on_selector_all("article", ARTICLES)
        return [OWN.sub("", html, count=1) for html in all]

    @property
    def texts(self) -> list[str]:
        """The text of all messages."""
        return self.page.eval_on_selector_all("article", "all => all.map(one => one.innerText)")

    def __str__(self) -> str:
        """What a failed test says of the tab: where it is, and how its page begins."""
        try:
            text = self.page.inner_text("body", timeout=1000)
        except Error as error:
            text = str(error)
        return f"{self.page.url}\n{text[:MOST_SAID]}"

    def serve_modules(self) -> str:
        """Let the page import the modules of app/static/js; return their folder's address."""
        self.page.route("**/modules/*.js", _send_module)
        return "/modules"

    @property
    def _awaited(self) -> str:
        return f"{LAST_ANSWER}:not([id='{self._old}'])"

    def _last(self) -> str:
        """Return the id of the last answer."""
        last: str = self.page.eval_on_selector_all(LAST_ANSWER, "all => all[0]?.id ?? ''")
        return last

    def _script_failed(self, error: Error) -> None:
        self.errors.append(str(error))

    def _message_logged(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            self.errors.append(message.text)


def _send_module(route: Route) -> None:
    name = route.request.url.rsplit("/", 1)[1]
    route.fulfill(body=_bundled(name), content_type="text/javascript")


@cache
def _bundled(name: str) -> bytes:
    """Return a module with all that it imports."""
    source = ROOT / "app/static/js" / name
    return subprocess.run([*ESBUILD, source], stdout=PIPE, check=True).stdout


def send_late(route: Route) -> None:
    """Delay a file until the page could have been drawn without it."""
    time.sleep(LATE_SECONDS)
    route.continue_()


def sign_in(page: Page, person: Person) -> None:
    """Fill in the sign-in form and send it."""
    page.goto("/login")
    page.fill("[name=email]", person.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url("**/conversations")


def sign_out_elsewhere(tab: Tab) -> None:
    """Sign out in another tab of the same browser."""
    other = tab.page.context.new_page()
    other.goto("/conversations")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/login")
