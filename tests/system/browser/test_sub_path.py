"""Below a path of a host, as a proxy says with X-Forwarded-Prefix: everything stays there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.support.reverse_proxies import PREFIX, nginx_server
from tests.support.server import Server
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.nginx]
Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def url(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Midstream at nginx."""
    folder = tmp_path_factory.mktemp("nginx")
    behind = Server(server.database_url, folder / "server.log", TRUSTED_PROXIES="1")
    with behind, nginx_server(behind.url, folder, below_a_path=True) as url:
        yield url


def sign_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/")
    expect(page).to_have_url(re.compile(r"/chat/login\?next="))
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url(f"{url}/conversations")


def test_one_can_sign_in_ask_search_and_sign_out(
    open_tab: Open, url: str, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.max)
    tab = open_tab(None, "about:blank")
    page = tab.page
    requested: list[str] = []
    page.context.on("request", lambda request: requested.append(request.url))
    page.on("websocket", lambda socket: requested.append(socket.url))
    answered: list[tuple[int, str]] = []
    page.context.on("response", lambda response: answered.append((response.status, response.url)))

    sign_in(page, url, cast.max.email)
    page.locator(f"a[href='{PREFIX}/conversations/{where}']").click()
    tab.ask("A question about zeppelins. /tokens 100000 /rate 60")
    tab.wait_for_text()
    late = page.context.new_page()
    late.goto(f"{url}/conversations/{where}")
    expect(late.locator("article[data-role=assistant][data-status=streaming]")).to_be_visible()
    tab.press("stop")
    tab.wait_for("stopped")
    expect(late.locator("article[data-role=assistant][data-status=stopped]")).to_be_visible()
    assert late.inner_text("article[data-role=assistant] .message-content") == page.inner_text(
        "article[data-role=assistant] .message-content"
    )

    page.locator("[data-themes] button:visible").click()
    late.reload()
    expect(late.locator("html[data-theme=dark]")).to_be_visible()

    page.goto(f"{url}/conversations?q=zeppelins")
    page.locator("main li a").first.click()
    expect(page).to_have_url(re.compile(rf"{url}/conversations/{where}(\?.*)?#.+"))

    assert {cookie["path"] for cookie in page.context.cookies()} == {PREFIX}
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{url}/login")
    page.goto(f"{url}/conversations/{where}")
    expect(page).to_have_url(re.compile(r"/chat/login\?next="))

    assert [each for each in answered if each[0] >= 400] == []
    paths = {urlsplit(each).path for each in requested if not each.startswith("data:")}
    assert f"{PREFIX}/socket.io/" in paths
    assert {path for path in paths if not path.startswith(f"{PREFIX}/")} == set()


def test_people_are_invited_by_link(
    open_tab: Open, url: str, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    page = open_tab(None, "about:blank").page
    sign_in(page, url, cast.olive.email)
    page.goto(f"{url}/conversations/{where}")
    page.locator(".topbar-options").click()
    page.get_by_role("link", name="People").click()
    page.wait_for_url(f"{url}/conversations/{where}/people")
    page.get_by_role("button", name="Create a link").click()
    link = page.locator("[data-new-link]").inner_text()
    assert link.startswith(f"{url}/link#")

    other = open_tab(None, link).page
    other.wait_for_url(f"{url}/link/join")
    other.get_by_role("link", name="Sign in to join").click()
    other.fill("[name=email]", cast.eve.email)
    other.fill("[name=password]", PASSWORD)
    other.click("main [type=submit]")
    other.get_by_role("button", name="Join as Eve").click()
    other.wait_for_url(f"{url}/conversations/{where}")
    expect(page.locator("[data-people]")).to_contain_text("Eve")  # live
    page.reload()
    expect(page).to_have_url(f"{url}/conversations/{where}/people")


def test_the_forms_work_without_javascript(
    open_tab: Open, url: str, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.eve)
    page = open_tab(None, "about:blank", java_script_enabled=False).page
    sign_in(page, url, cast.eve.email)
    page.goto(f"{url}/conversations/{where}")
    page.locator("[data-themes] button:visible").click()
    expect(page).to_have_url(f"{url}/conversations/{where}")
    page.fill("[data-composer-text]", "Hi /tokens 1 /rate 0")
    page.click("[data-composer-send]")
    expect(page).to_have_url(f"{url}/conversations/{where}#latest")
    expect(page.locator("article[data-role=user]")).to_contain_text("Hi")
