"""Chromium, one server and signed-in users for the browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, StorageState, expect, sync_playwright

from tests.support.cast import Cast, Person, create_cast
from tests.support.chromium import launch
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.system.browser.tab import Tab, sign_in

Open = Callable[..., Tab]

TIMEOUT_MS = 30_000  # of whatever is waited for, on a busy machine; a test may say less
TABS = pytest.StashKey[list[Tab]]()
# what they answer, and how many pieces of it in a second
SCRIPTED = ["growing@40", "long@100", "line-ends@20", "bread@1", "cut-short@1", "silent", "by-hand"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failed test what its tabs showed."""
    report = yield
    if report.when == "call" and report.failed:
        report.sections += [("tab", str(tab)) for tab in item.stash.get(TABS, [])]
    return report


@pytest.fixture(scope="session")
def server(blank_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server process that all browser tests share; it must end without a traceback."""
    folder = tmp_path_factory.mktemp("browser")
    path = shutil.copy(blank_database, folder / "midstream.sqlite3")
    with Server(f"sqlite:///{path}", folder / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def fake_model() -> Iterator[FakeModel]:
    """The server of the models SCRIPTED: tests say what they answer, in `streams`."""
    with FakeModel() as model:
        yield model


@pytest.fixture(scope="session")
def scripted(
    server: Server, fake_model: FakeModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a server on the same database that has these models."""
    models = ",".join(f"openai:{each}" for each in SCRIPTED)
    settings = {"MODELS": models, "OPENAI_BASE_URL": f"{fake_model.url}/v1"}
    log = tmp_path_factory.mktemp("scripted") / "server.log"
    with Server(server.database_url, log, **settings) as other:
        yield other.url


@pytest.fixture(scope="session")
def two_models(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server on the same database with two models; the other one can't be reached."""
    settings = {
        "MODELS": "demo,openai:other",
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": "http://127.0.0.1:9",
    }
    log = tmp_path_factory.mktemp("two-models") / "server.log"
    with Server(server.database_url, log, **settings) as other:
        yield other.url


@pytest.fixture(scope="session")
def database(server: Server) -> Database:
    """The server's database."""
    return Database.at(server.database_url)


@pytest.fixture(scope="session")
def cast(database: Database) -> Cast:
    """The cast, in the server's database."""
    with database.app.app_context():
        return create_cast()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The running Playwright."""
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One browser for all tests; each test opens its own contexts."""
    with launch(playwright, bare=True) as browser:
        yield browser


@pytest.fixture(scope="session")
def cookies(browser: Browser, server: Server) -> Callable[[Person], StorageState]:
    """Return a function that signs a person in (by the form, once) and returns the cookies."""
    return sign_in_once(browser, server)


def sign_in_once(browser: Browser, server: Server) -> Callable[[Person], StorageState]:
    """Return such a function for a server."""
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
    """A proxy in front of the server: the network of one test."""
    proxy = Proxy(server.url)
    yield proxy
    proxy.close()


@pytest.fixture
def open_tab(
    request: pytest.FixtureRequest,
    browser: Browser,
    server: Server,
    cookies: Callable[[Person], StorageState],
) -> Iterator[Open]:
    """Return a function that opens a tab in a new context; script errors fail the test."""
    yield from _tab_opener(request, browser, server, cookies)


@pytest.fixture(scope="session")
def browser_in_window(playwright: Playwright) -> Iterator[Browser]:
    """A browser with windows, which has a back/forward cache."""
    with launch(playwright) as browser:
        yield browser


@pytest.fixture
def open_tab_in_window(
    request: pytest.FixtureRequest,
    browser_in_window: Browser,
    server: Server,
    cookies: Callable[[Person], StorageState],
) -> Iterator[Open]:
    """The same in that browser."""
    yield from _tab_opener(request, browser_in_window, server, cookies)


def _tab_opener(
    request: pytest.FixtureRequest,
    browser: Browser,
    server: Server,
    cookies: Callable[[Person], StorageState],
) -> Iterator[Open]:
    tabs: list[Tab] = request.node.stash.setdefault(TABS, [])

    def make(
        person: Person | None,
        path: str,
        url: str = server.url,
        script: str = "",
        **options: Any,
    ) -> Tab:
        # A service worker would answer requests that tests want to see or to change; the pulse
        # of an answer takes as much of the processor as all else while it streams.
        options = {"service_workers": "block", "reduced_motion": "reduce", **options}
        context = browser.new_context(base_url=url, **options)
        context.set_default_timeout(TIMEOUT_MS)
        if person:
            context.add_cookies(cookies(person)["cookies"])  # type: ignore[arg-type]
        page = context.new_page()
        page.add_init_script(script)
        tabs.append(Tab(page))
        page.goto(path)
        return tabs[-1]

    yield make
    errors = [error for tab in tabs for error in tab.errors]
    for tab in tabs:
        tab.page.context.close()
    assert not errors
