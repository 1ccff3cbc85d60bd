"""What the pictures need: a server with the demo's data, a model that pauses, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from app import create_app
from app.config import Config
from app.demo.stories import PASSWORD, Person
from docs.pictures.paused_model import PausedModel
from tests.support.chromium import launch
from tests.support.proxy import Proxy
from tests.support.server import Server, command, environment

WIDE = 900
HEIGHTS = {1280: 800, 390: 844, 320: 640}  # of a window, by its width


@dataclass
class BrowserSetup:
    """A server that is reached through a proxy, and a browser to open its pages."""

    browser: Browser
    model: PausedModel
    server: Server
    proxy: Proxy
    _sessions: dict[str, StorageState] = field(default_factory=dict)

    def open(
        self,
        reader: Person | None,
        path: str,
        theme: str = "light",
        width: int = 1280,
        height: int = 0,
        url: str = "",
        *,
        scripts: bool = True,
    ) -> Page:
        """Return a page that is loaded and has joined; `url` is that of another server. Narrow
        ones are those of a phone, which is touched."""
        context = self.browser.new_context(
            base_url=url or self.proxy.url,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": height or HEIGHTS[width]},
            has_touch=width < WIDE,
            java_script_enabled=scripts,
            storage_state=self._sign_in(reader) if reader else None,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(path)
        page.wait_for_timeout(500)  # to join and to finish layout
        return page

    @contextmanager
    def another_server(self, **settings: str) -> Iterator[str]:
        """Run a second server on the same database; at its end its answers are interrupted."""
        log = self.server.log.with_name("another.log")
        settings = self.server.settings | settings
        with Server(self.server.database_url, log, **settings) as another:
            yield another.url

    def create_conversation(self, title: str, *members: Person, **settings: str) -> str:
        """Create a conversation with the default model; return its path."""
        arguments = ["seed", "conversation", title, *(f"--member={each.email}" for each in members)]
        settings = self.server.settings | settings
        return "/conversations/" + command(self.server.database_url, *arguments, **settings)

    def path_of(self, *arguments: str) -> str:
        """Run a command that prints a link; return the link's path."""
        printed = command(self.server.database_url, *arguments, **self.server.settings)
        return printed.removeprefix(self.server.settings["PUBLIC_URL"])

    @contextmanager
    def app_context(self) -> Iterator[None]:
        """Let the models read and write the server's database."""
        url = self.server.database_url
        config = Config(environment(url)["SECRET_KEY"], database_url=url, models=("demo",))
        with create_app(config).app_context():
            yield

    def forget(self, reader: Person) -> None:
        """Sign somebody in anew for their next page."""
        self._sessions.pop(reader.name, None)

    def _sign_in(self, reader: Person) -> StorageState:
        if reader.name not in self._sessions:
            context = self.browser.new_context(base_url=self.server.url)
            page = context.new_page()
            page.goto("/login")
            page.fill("[name=email]", reader.email)
            page.fill("[name=password]", PASSWORD)
            page.click("main [type=submit]")
            page.wait_for_url("**/conversations")
            self._sessions[reader.name] = context.storage_state()
            context.close()
        return self._sessions[reader.name]


@contextmanager
def browser_setup(**others: str) -> Iterator[BrowserSetup]:
    """Start a server, with other settings than usual, a model and a browser; stop them at the
    end."""
    with TemporaryDirectory() as folder, PausedModel() as model, sync_playwright() as playwright:
        url = f"sqlite:///{folder}/midstream.sqlite3"
        command(url, "db", "upgrade")
        command(url, "seed", "demo")
        settings = {
            "MODELS": "openai:example,openai:example-large",
            "OPENAI_BASE_URL": f"{model.url}/v1",
            "PROVIDER_READ_SECONDS": "600",  # the model pauses while pictures are taken
            "PRICES": "openai:example=1.25/10",
            "REGISTRATION": "open",
            "SMTP_URL": "smtp://127.0.0.1:9",  # no mail is sent
            "MAIL_FROM": "midstream@example.com",
            "PUBLIC_URL": "https://chat.example.com",
            "LIMIT_MAIL": "off",
            **others,
        }
        with Server(url, Path(folder) / "server.log", **settings) as server:
            browser, proxy = launch(playwright), Proxy(server.url)
            yield BrowserSetup(browser, model, server, proxy)
            browser.close()
            proxy.close()
