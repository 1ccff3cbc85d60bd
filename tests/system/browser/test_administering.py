"""The whole way of an administrator on a server of their own: from the code in the terminal to
models that others ask, and to answers and people that are stopped."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.events.payloads import FORMER_MEMBER
from tests.support.cast import PASSWORD, Cast, Person, create_cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.preloaded import PreloadedProcess
from tests.support.sample_files import picture
from tests.support.server import Server
from tests.system.browser.axe import assert_accessible
from tests.system.browser.tab import Tab, sign_in

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

CODE = re.compile(r"enter this code within a day: (\S+)")
ADA = Person("Ada", "")
KEY = "sk-typed-into-the-page-1234567"
BANNER = "We restart at six."


class NewServer(Server):
    """A server that prepares an empty database, to which other machines may connect."""

    def _process(self, env: dict[str, str]) -> PreloadedProcess:
        return PreloadedProcess(env, self.log, "wsgi.py", "--prepare")


@pytest.fixture
def new_server(blank_database: Path, tmp_path: Path) -> Iterator[Server]:
    """A server on which nobody has an account yet."""
    path = shutil.copy(blank_database, tmp_path / "midstream.sqlite3")
    with NewServer(f"sqlite:///{path}", tmp_path / "server.log", HOST="0.0.0.0") as server:
        server.url = server.url.replace("0.0.0.0", "127.0.0.1")
        yield server


def test_an_administrator_sets_up_a_server_and_stops_what_must_be_stopped(
    open_tab: Open, new_server: Server, fake_model: FakeModel
) -> None:
    admin = open_tab(None, "/link", new_server.url).page
    become_owner(admin, new_server.output)
    add_models(admin, f"{fake_model.url}/v1")
    database = Database.at(new_server.database_url)
    with database.app.app_context():
        cast = create_cast()
    where = database.conversation(cast.max, cast.olive, title="Together")
    here = f"/conversations/{where}"
    max, olive = (open_tab(None, "/login", new_server.url) for _ in range(2))
    for tab, person in ((max, cast.max), (olive, cast.olive)):
        sign_in(tab.page, person)
    give_a_picture(max.page)
    for tab in (max, olive):
        tab.page.goto(here)
    the_fallback_answers(max, olive)
    an_answer_is_stopped(max, olive, admin)
    a_banner_is_shown(admin, olive.page)
    somebody_is_disabled_and_deleted(admin, max, olive, cast)
    assert KEY not in new_server.output
    database.close()


def become_owner(page: Page, output: str) -> None:
    """Make the first account with the code in the terminal: it administers."""
    code = CODE.search(output)
    assert code
    assert_accessible(page)
    page.fill("[name=code]", code[1])
    page.click("main [type=submit]")
    page.wait_for_url("**/register")
    for field, value in (("email", ADA.email), ("name", ADA.name), ("password", PASSWORD)):
        page.fill(f"[name={field}]", value)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/conversations")


def add_models(page: Page, address: str) -> None:
    """Add a provider with the models that it lists, test one, and offer both: where one fails the
    other one answers."""
    page.goto("/admin/models")
    for field, value in (("name", "acme"), ("base_url", address), ("api_key", KEY)):
        page.fill(f"[name={field}]", value)
    page.get_by_role("button", name="Add").click()
    for number, name in enumerate(("openai-text", "503"), start=1):
        page.goto("/admin/providers/acme")
        page.get_by_role("button", name="Ask which models it has").click()
        expect(page.get_by_role("status")).to_have_text("The provider lists 2 models.")
        assert_accessible(page)
        page.select_option("[name=model]", name)
        page.get_by_role("button", name="Add", exact=True).click()
        page.goto(f"/admin/models/{number}")
        if number == 1:
            page.get_by_role("button", name="Test it").click()
            expect(page.locator(".notice").first).to_contain_text("answered")
        else:
            page.select_option("[name=fallback]", "acme:openai-text")
        page.select_option("[name=audience]", "everybody")
        page.get_by_role("button", name="Save").click()
    page.goto("/admin/providers/acme")
    assert KEY not in page.content() and KEY[-4:] in page.content()


def give_a_picture(page: Page) -> None:
    page.goto("/account")
    file = {"name": "me.png", "mimeType": "image/png", "buffer": picture()}
    page.set_input_files("[name=file]", files=[file])  # type: ignore[list-item]
    page.get_by_role("button", name="Save picture").click()
    shown = page.locator(".profile-picture .avatar > img")
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("each => each.naturalWidth") > 0


def the_fallback_answers(max: Tab, olive: Tab) -> None:
    """Everybody sees who has answered in whose place, and the picture of who is here."""
    max.page.locator("[data-models] > summary").click()
    max.page.get_by_role("radio", name="503").click()
    max.ask("Hello?")
    for tab in (max, olive):
        tab.wait_for("complete")
        expect(tab.answer.locator(".message-note")).to_have_text(
            "503 did not answer, so openai-text did."
        )
    expect(olive.page.locator("[data-present] img")).to_be_visible()


def an_answer_is_stopped(max: Tab, olive: Tab, admin: Page) -> None:
    max.page.locator("[data-models] > summary").click()
    max.page.get_by_role("radio", name="Demo").click()
    max.ask("Go on /tokens 4000 /rate 20")
    olive.wait_for_text()
    admin.goto("/admin/answers")
    assert "Go on" not in admin.content() and "Together" not in admin.content()
    admin.locator("details.confirmed > summary").click()
    assert_accessible(admin)
    admin.get_by_role("button", name="Stop now").click()
    for tab in (max, olive):
        tab.wait_for("stopped")
        expect(tab.answer.locator(".message-error")).to_have_text("Stopped by an administrator.")
    expect(admin.get_by_text("No answer is being written.")).to_be_visible()


def a_banner_is_shown(admin: Page, reader: Page) -> None:
    admin.goto("/admin/banner")
    admin.fill("[name=text]", BANNER)
    admin.get_by_role("button", name="Show it to everybody").click()
    expect(reader.locator("[data-server-banner]")).to_contain_text(BANNER)


def somebody_is_disabled_and_deleted(admin: Page, max: Tab, olive: Tab, cast: Cast) -> None:
    """Their page says so at once, they can't sign in, and what they wrote stays."""
    admin.goto("/admin/people")
    admin.get_by_role("link", name=cast.max.name).click()
    admin.locator("summary", has_text="Disable").click()
    admin.get_by_role("button", name="Disable now").click()
    signed_out = max.page.get_by_role("status").filter(has_text="You are signed out.")
    expect(signed_out).to_be_visible()
    max.page.goto("/login")
    max.page.fill("[name=email]", cast.max.email)
    max.page.fill("[name=password]", PASSWORD)
    max.page.click("main [type=submit]")
    expect(max.page.get_by_role("alert").first).to_contain_text("disabled")
    admin.locator("summary", has_text="Delete").click()
    admin.get_by_role("button", name="Delete now").click()
    authors = olive.page.locator("[data-role=user] .message-author")
    expect(authors.first).to_have_text(FORMER_MEMBER)
    olive.page.reload()
    expect(authors.first).to_have_text(FORMER_MEMBER)
    expect(olive.page.locator("[data-role=user] .message-content").first).to_have_text("Hello?")
    expect(olive.page.locator("[data-members]")).not_to_contain_text(cast.max.name)
