"""People and models together: beside the field stands whom a message asks, and `@` lists names."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, ViewportSize, expect

from app.extensions import db
from app.models import Conversation
from app.models.conversation import Asking
from tests.support.cast import Cast, Person, create_cast
from tests.support.database import Database
from tests.support.server import Server
from tests.system.browser.axe import assert_accessible
from tests.system.browser.conftest import sign_in_once
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

QUICK = "/tokens 9 /rate 0"
SIZES: list[ViewportSize] = [{"width": width, "height": 700} for width in (320, 390, 1280)]
BESIDE_THE_FIELD = ("[data-composer-mention]", "[data-models]")


@pytest.fixture(scope="module")
def server(blank_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has two models, alone with its database: without Redis another one could start
    the second answer, of which the readers here would hear nothing."""
    folder = tmp_path_factory.mktemp("mentioning")
    url = f"sqlite:///{shutil.copy(blank_database, folder / 'midstream.sqlite3')}"
    with Server(url, folder / "server.log", MODELS="demo,demo:critic") as server:
        yield server


@pytest.fixture(scope="module")
def database(server: Server) -> Database:
    return Database.at(server.database_url)


@pytest.fixture(scope="module")
def cast(database: Database) -> Cast:
    with database.app.app_context():
        return create_cast()


@pytest.fixture(scope="module")
def cookies(browser: Browser, server: Server) -> Callable[[Person], StorageState]:
    return sign_in_once(browser, server)


@pytest.fixture
def url(server: Server) -> str:
    return server.url


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    """A conversation of Olive's and Max's in which only mentions ask."""
    where = database.conversation(cast.olive, cast.max, title="Dinner")
    set_asking(database, where, Asking.MENTIONS)
    return where


def set_asking(database: Database, where: str, asking: Asking) -> None:
    def work() -> None:
        conversation = Conversation.by_public_id(where)
        assert conversation
        conversation.set_asking(asking)

    database.write(work)
    assert database.read(lambda: db.session.scalar(db.select(Conversation.id))) is not None


def field(page: Page) -> Locator:
    return page.locator("[data-composer-text]")


def choice(page: Page) -> str:
    """Return what is chosen beside the field."""
    return str(page.locator("[data-composer-to]").evaluate("e => e.selectedOptions[0].text"))


def names(page: Page) -> list[str]:
    """Return the names in the menu, the selected one in brackets."""
    return [
        f"[{each.inner_text()}]"
        if each.get_attribute("aria-selected") == "true"
        else each.inner_text()
        for each in page.locator("#mentions > [role=option]").all()
    ]


def shown(database: Database, where: str) -> list[str]:
    messages = database.messages(where)
    return [each.content if each.role == "user" else f"{each.model}" for each in messages]


def test_a_message_is_for_everybody_unless_it_mentions_a_model(
    open_tab: Open, database: Database, cast: Cast, url: str, where: str
) -> None:
    olive = open_tab(cast.olive, f"/conversations/{where}", url)
    max_ = open_tab(cast.max, f"/conversations/{where}", url)
    assert choice(olive.page) == "For everybody"
    expect(field(olive.page)).to_have_attribute("placeholder", "Write to everybody")
    olive.ask("Lasagne, @Max?")
    question = max_.page.locator("article").last
    expect(question).to_contain_text("Lasagne")
    expect(question.locator(".mention")).to_have_text("@Max")

    field(max_.page).fill(f"@critic and @demo, why not? {QUICK}")
    assert choice(max_.page) == "Asks critic, Demo"
    field(max_.page).press("Enter")
    expect(max_.page.locator("article")).to_have_count(4)
    olive.wait_for("complete")
    assert shown(database, where) == [
        *("Lasagne, @Max?", f"@critic and @demo, why not? {QUICK}"),
        *("demo:critic", "demo"),
    ]
    assert choice(max_.page) == "For everybody"
    live = olive.articles
    olive.page.reload()
    assert olive.articles == live


def test_whoever_writes_chooses_otherwise_for_one_message(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.page.select_option("[data-composer-to]", "model")
    assert choice(tab.page) == "Asks Demo"
    tab.ask(f"Why? {QUICK}")
    tab.wait_for("complete")
    assert choice(tab.page) == "For everybody"

    field(tab.page).fill(f"And why, by the shortcut? {QUICK}")
    field(tab.page).press("Alt+Enter")
    expect(tab.page.locator("article")).to_have_count(4)
    tab.wait_for("complete")

    field(tab.page).fill("Did you hear what @demo said?")
    assert choice(tab.page) == "Asks Demo"
    field(tab.page).press("Alt+Enter")
    expect(tab.page.locator("article")).to_have_count(5)
    assert database.messages(where)[-1].content == "Did you hear what @demo said?"
    expect(tab.page.locator("article").last).to_have_attribute("data-asks", "nobody")
    assert (
        tab.page.locator("article").last.evaluate("e => getComputedStyle(e, '::after').content")
        == "none"
    ), "nobody waits for an answer"


def test_alone_there_is_no_choice_until_somebody_comes(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    set_asking(database, where, Asking.MENTIONS)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    to = tab.page.locator("[data-composer-to]")
    expect(to).to_be_hidden()
    tab.ask(f"Why? {QUICK}")
    tab.wait_for("complete")

    database.add_member(where, cast.max)
    expect(to).to_be_visible()
    assert choice(tab.page) == "For everybody"
    set_asking(database, where, Asking.EVERY)
    expect(to).to_have_value("model")
    expect(field(tab.page)).to_have_attribute("placeholder", "Ask a question")
    database.remove_member(where, cast.max)
    expect(to).to_be_hidden()


@pytest.mark.parametrize("size", SIZES[:2], ids=["320", "390"])
def test_alone_on_a_phone_the_sign_for_mentions_is_beside_the_model(
    open_tab: Open, database: Database, cast: Cast, size: ViewportSize
) -> None:
    page = open_tab(cast.olive, f"/conversations/{database.conversation(cast.olive)}").page
    page.set_viewport_size(size)
    sign, model = (page.locator(each).bounding_box() for each in BESIDE_THE_FIELD)
    assert sign
    assert model
    assert model["x"] >= sign["x"] + sign["width"]
    assert model["y"] <= sign["y"] + sign["height"] / 2 <= model["y"] + model["height"]


def test_on_the_narrowest_phone_the_addressee_is_beside_the_sign(
    open_tab: Open, cast: Cast, url: str, where: str
) -> None:
    """So that all that is below the field takes two rows."""
    phone = {"viewport": SIZES[0], "has_touch": True, "is_mobile": True}
    page = open_tab(cast.olive, f"/conversations/{where}", url, **phone).page
    page.locator("[data-composer-to]").select_option("everybody")
    sign, addressee, model, send = (
        page.locator(each).bounding_box()
        for each in ("[data-composer-mention]", ".addressee", "[data-models]", ".composer-send")
    )
    assert sign and addressee and model and send
    assert addressee["y"] == sign["y"]
    assert model["y"] == send["y"] > sign["y"], "two rows"


def test_the_menu_is_used_by_keyboard(
    open_tab: Open, database: Database, cast: Cast, url: str, where: str
) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}", url).page
    field(page).press_sequentially("Hi @")
    assert names(page) == ["[demo\nmodel]", "critic\nmodel", "Olive\nperson", "Max\nperson"]
    expect(field(page)).to_have_attribute("aria-activedescendant", "mention-0")
    assert_accessible(page)
    field(page).press("ArrowUp")
    assert names(page)[-1] == "[Max\nperson]"
    field(page).press("Enter")
    expect(field(page)).to_have_value("Hi @Max ")
    expect(page.locator("#mentions")).to_be_hidden()

    field(page).press_sequentially("and @CR")
    assert names(page) == ["[critic\nmodel]"]
    field(page).press("Tab")
    expect(field(page)).to_have_value("Hi @Max and @critic ")
    assert choice(page) == "Asks critic"

    field(page).press_sequentially("@d")
    field(page).press("Escape")
    expect(page.locator("#mentions")).to_be_hidden()
    expect(field(page)).not_to_have_attribute("aria-activedescendant", "mention-0")
    field(page).press_sequentially("oes not matter")
    expect(page.locator("#mentions")).to_be_hidden()
    assert database.messages(where) == [], "nothing was sent meanwhile"


def test_the_menu_is_used_by_touch(open_tab: Open, cast: Cast, url: str, where: str) -> None:
    options = {"viewport": SIZES[0], "has_touch": True, "is_mobile": True}
    page = open_tab(cast.olive, f"/conversations/{where}", url, **options).page
    field(page).fill("What,")
    page.locator("[data-composer-mention]").tap()
    page.locator("#mentions > li", has_text="critic").tap()
    expect(field(page)).to_have_value("What, @critic ")
    expect(field(page)).to_be_focused()


def test_a_name_that_nobody_has_opens_no_menu(open_tab: Open, cast: Cast, where: str) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}").page
    for text in ("@nobody", "a@d", "x@", "@@"):
        field(page).fill("")
        field(page).press_sequentially(text)
        expect(page.locator("#mentions")).to_be_hidden()


def test_a_draft_and_an_edit_say_whom_they_ask(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}")
    field(tab.page).fill("@demo, later")
    tab.page.reload()
    assert choice(tab.page) == "Asks Demo"
    tab.ask("Nothing")
    expect(tab.page.locator("article")).to_have_count(1)
    tab.page.locator("[data-action=edit]").click()
    assert choice(tab.page) == "For everybody"
    tab.ask(f"@demo Something {QUICK}")
    tab.wait_for("complete")


def test_axe_finds_nothing_and_nothing_overflows(
    open_tab: Open, cast: Cast, url: str, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", url)
    tab.ask("Hello @Max and everybody")
    expect(tab.page.locator("article .mention")).to_be_visible()
    field(tab.page).fill("@demo @critic")
    field(tab.page).press_sequentially(" @")
    expect(tab.page.locator("#mentions")).to_be_visible()
    for size in SIZES:
        tab.page.set_viewport_size(size)  # type: ignore[arg-type]
        assert_accessible(tab.page)
        assert tab.page.evaluate("document.documentElement.scrollWidth") == size["width"]
        send = tab.page.locator("[data-composer-send]").bounding_box()
        assert send and send["x"] + send["width"] <= size["width"]


def test_without_scripts_the_form_says_whom_it_asks(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    page = open_tab(cast.olive, f"/conversations/{where}", java_script_enabled=False).page
    assert page.locator("[data-composer-to] option").all_inner_texts() == [
        *("Asks whom it mentions", "Asks the model", "For everybody")
    ]
    field(page).fill("Hello")
    page.locator("[data-composer-send]").click()
    field(page).fill(f"@demo hello {QUICK}")
    page.locator("[data-composer-send]").click()
    expect(page.locator("article")).to_have_count(3)
    assert shown(database, where) == ["Hello", f"@demo hello {QUICK}", "demo"]


def test_the_owner_changes_the_choice_and_everybody_sees_it(
    open_tab: Open, cast: Cast, where: str
) -> None:
    max_ = open_tab(cast.max, f"/conversations/{where}").page
    assert choice(max_) == "For everybody"
    olive = open_tab(cast.olive, f"/conversations/{where}/people").page
    olive.get_by_text("every message", exact=True).click()
    olive.get_by_role("button", name="Save").click()
    expect(max_.locator("[data-composer-to]")).to_have_value("model")
