"""What the tests in a browser share: Chromium, one server, and people who are signed in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, StorageState, sync_playwright

from tests.support.cast import Cast, Person, create_cast
from tests.support.chromium import launch
from tests.support.database import Database
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.system.browser.contexts import Contexts
from tests.system.browser.tab import Tab, sign_in

Open = Callable[..., Tab]


@pytest.fixture(scope="session")
def server(blank_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server process that all tests in the browser share; it must end without a traceback."""
    folder = tmp_path_factory.mktemp("browser")
    path = shutil.copy(blank_database, folder / "midstream.sqlite3")
    with Server(f"sqlite:///{path}", folder / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def database(server: Server) -> Database:
    """The server's database."""
    return Database.at(server.database_url)


@pytest.fixture(scope="session")
def cast(database: Database) -> Cast:
    """Everybody, in the server's database."""
    with database.app.app_context():
        return create_cast()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives the browsers."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One browser for all tests; each opens contexts of its own."""
    with launch(playwright, bare=True) as browser:
        yield browser


@pytest.fixture(scope="session")
def cookies(browser: Browser, server: Server) -> Callable[[Person], StorageState]:
    """Sign a person in, through the page the first time, and return what the browser then holds."""
    jars: dict[str, StorageState] = {}

    def of(person: Person) -> StorageState:
        if person.name not in jars:
            context = browser.new_context(base_url=server.url)
            sign_in(context.new_page(), person)
            jars[person.name] = context.storage_state()
            context.close()
        return jars[person.name]

    return of


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """A network of the test's own before the server."""
    proxy = Proxy(server.url)
    yield proxy
    proxy.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Contexts:
    """The contexts of all tests."""
    return Contexts(browser)


@pytest.fixture
def open_tab(
    contexts: Contexts, server: Server, cookies: Callable[[Person], StorageState]
) -> Iterator[Open]:
    """Open tabs, each in a browser context of its own; none may have met an error in a script.

    In a `fresh` one nothing was fetched before, either.
    """
    yield from _opening(contexts, server, cookies)


@pytest.fixture
def open_tab_in_window(
    playwright: Playwright, server: Server, cookies: Callable[[Person], StorageState]
) -> Iterator[Open]:
    """The same in a browser with windows, which keeps pages for the way back."""
    with launch(playwright) as browser:
        yield from _opening(Contexts(browser), server, cookies)


def _opening(
    contexts: Contexts, server: Server, cookies: Callable[[Person], StorageState]
) -> Iterator[Open]:
    tabs: list[Tab] = []

    def make(
        person: Person | None,
        path: str,
        url: str = server.url,
        script: str = "",
        fresh: bool = False,
        **options: Any,
    ) -> Tab:
        state = cookies(person) if person else None
        page = contexts.take(url, state, fresh=fresh, **options).new_page()
        page.add_init_script(script)
        tabs.append(Tab(page))
        page.goto(path)
        return tabs[-1]

    yield make
    errors = [error for tab in tabs for error in tab.errors]
    for tab in tabs:
        contexts.give_back(tab.page.context)
    assert not errors
