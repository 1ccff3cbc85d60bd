"""Where pictures are taken: a server with the demo's data, a browser, and a model that poses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from app.demo.stories import PASSWORD, Person
from docs.pictures.storyteller import Storyteller
from tests.support.chromium import launch
from tests.support.proxy import Proxy
from tests.support.server import Server, command

SIZES = {1280: 800, 390: 844}
MODEL = {
    "MODELS": "openai:storyteller",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    "PROVIDER_READ_SECONDS": "600",
}


@dataclass
class Studio:
    """Pages of one server, in one browser."""

    browser: Browser
    model: Storyteller
    server: Server
    proxy: Proxy
    _signed_in: dict[str, StorageState] = field(default_factory=dict)

    def page(
        self, who: Person | None, path: str, theme: str = "light", width: int = 1280, url: str = ""
    ) -> Page:
        """Return a page that has been loaded and is live; url: of another server."""
        context = self.browser.new_context(
            base_url=url or self.proxy.url,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": SIZES[width]},
            storage_state=self._sign_in(who) if who else None,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(path)
        page.wait_for_timeout(500)  # to join, and to come to rest
        return page

    @contextmanager
    def another_server(self) -> Iterator[str]:
        """Serve beside the server for a while; what it still answers then is interrupted."""
        log = self.server.log.with_name("another.log")
        with Server(self.server.database_url, log, **self.server.settings) as another:
            yield another.url

    def begin(self, title: str, *people: Person) -> str:
        """Begin a conversation and return its path."""
        members = [f"--member={person.email}" for person in people]
        url = self.server.database_url
        return "/conversations/" + command(url, "seed", "conversation", title, *members, **MODEL)

    def _sign_in(self, who: Person) -> StorageState:
        if who.name not in self._signed_in:
            context = self.browser.new_context(base_url=self.server.url)
            page = context.new_page()
            page.goto("/login")
            page.fill("[name=email]", who.email)
            page.fill("[name=password]", PASSWORD)
            page.click("main [type=submit]")
            page.wait_for_url("**/conversations")
            self._signed_in[who.name] = context.storage_state()
            context.close()
        return self._signed_in[who.name]


@contextmanager
def studio() -> Iterator[Studio]:
    """Open a studio with people and conversations in it."""
    with TemporaryDirectory() as folder, Storyteller() as model, sync_playwright() as playwright:
        url = f"sqlite:///{folder}/midstream.sqlite3"
        command(url, "db", "upgrade")
        command(url, "seed", "demo")
        settings = MODEL | {"OPENAI_BASE_URL": f"{model.url}/v1"}
        with Server(url, Path(folder) / "server.log", **settings) as server:
            browser, proxy = launch(playwright), Proxy(server.url)
            yield Studio(browser, model, server, proxy)
            browser.close()
            proxy.close()
