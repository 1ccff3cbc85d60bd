"""Narrow windows and phones: nothing overflows, and nothing is beneath the edges of the screen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from app.extensions import db
from app.models import User
from app.models.job import Job, Kind, State
from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.system.browser.axe import assert_accessible, assert_fits
from tests.system.browser.stored import exchange, fill
from tests.system.browser.tab import ACCOUNT_PAGES, Tab
from tests.system.browser.viewport import TWO_FRAMES

pytestmark = [pytest.mark.system, pytest.mark.browser]

Open = Callable[..., Tab]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 2
WIDTHS = [320, 390, 1280]
HANGING = {
    "content": "/tokens 9 /rate 0 /hang after 5",
    "thinking": "/think 9 /tokens 9 /rate 0 /hang after 0",
}
TO_THE_EDGE = """(text) => {
  const word = (text.querySelector("p, h2") ?? text).appendChild(document.createElement("span"));
  Object.assign(word.style, { display: "inline-block", width: "100%" });
  word.textContent = "word";
}"""
LEAST_COLUMN_PX = 80
LEAST_CONTRAST = 1.4
# Whether a sentence is read to its end: beneath no button, and cut off nowhere.
IS_WHOLE = """(sentence) => {
  const range = document.createRange();
  range.selectNodeContents(sentence);
  const buttons = [...sentence.closest("article").querySelectorAll(".message-actions .button")];
  return [...range.getClientRects()].every((line) =>
    line.left >= 0 && line.right <= innerWidth && buttons.every((button) => {
      const box = button.getBoundingClientRect();
      return !box.width || line.right <= box.left || line.left >= box.right ||
        line.bottom <= box.top || line.top >= box.bottom;
    })) && sentence.scrollWidth <= sentence.clientWidth;
}"""
# The ratio of the luminances of the ground, and of the colour that the edge begins with on it.
CONTRAST_OF_EDGE = """(table) => {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const fill = (color) => {
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
  };
  const luminance = () => {
    const linear = (part) => (part <= 10 ? part / 3294 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const probe = table.appendChild(document.createElement("span"));
  const colorOf = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  if (!getComputedStyle(table).backgroundImage.includes(colorOf("--more"))) return 0;
  fill(colorOf("--ground"));
  const ground = luminance() + 0.05;
  fill(colorOf("--more"));
  const edge = luminance() + 0.05;
  probe.remove();
  return Math.max(ground / edge, edge / ground);
}"""
PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}
MIN_TARGET_PX = 44
# The HTML of every touch target that is less high than that.
TOO_LOW = """(least) => [...document.querySelectorAll(".button, .brand, summary, .tool")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < least)
  .map((one) => one.outerHTML)"""
PORTRAIT = {"top": 59, "right": 0, "bottom": 34, "left": 0}
LANDSCAPE = {"top": 0, "right": 59, "bottom": 21, "left": 59}
SCREENS = [
    pytest.param({"width": 390, "height": 844}, PORTRAIT, id="portrait"),
    pytest.param({"width": 844, "height": 390}, LANDSCAPE, id="landscape"),
]
# The text and controls outside the safe area. Messages may be scrolled above and below it, but must
# not reach beside it.
OUTSIDE = """({ top, right, bottom, left }) => {
  const fixed = ".topbar :is(a, button, h1, p), .composer :is(textarea, button), [data-banner]";
  const beside = "main :is(.message, p, pre, table, a, button, input, textarea), .topbar *";
  const shown = (selector) => [...document.querySelectorAll(selector)].filter(
    (one) => one.checkVisibility() && !one.matches(".visually-hidden, .visually-hidden *"),
  );
  const over = shown(fixed).filter((one) => {
    const box = one.getBoundingClientRect();
    return box.top < top || box.bottom > innerHeight - bottom;
  });
  const aside = shown(beside).filter((one) => {
    const box = one.getBoundingClientRect();
    return box.left < left || box.right > innerWidth - right;
  });
  return [...over, ...aside].map((one) => one.outerHTML.slice(0, 80));
}"""


def test_no_page_of_the_list_overflows_and_axe_finds_nothing(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max, title=LONG[:200].strip())
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask(LONG)
    tab.wait_for("streaming", "complete")
    paths = [f"/conversations/{where}", "/conversations", f"/conversations/{where}/options"]
    paths += [f"/conversations/{where}/people", "/link"]
    for path in [*paths, "/conversations?archived=1", "/conversations?q=haupt"]:
        tab.page.goto(path)
        for width in WIDTHS:
            tab.page.set_viewport_size({"width": width, "height": 700})
            assert_fits(tab.page)
            if width != WIDTHS[1]:
                assert_accessible(tab.page)
    tab.page.goto("/conversations")
    row = tab.page.locator(".listing-item").first
    for width in WIDTHS:
        tab.page.set_viewport_size({"width": width, "height": 700})
        heights = row.locator(".listing-link > *:visible").evaluate_all(
            "all => all.map((one) => one.getClientRects().length && one.offsetHeight)"
        )
        assert max(heights) < 30, "each is one line"


def test_who_has_stopped_an_answer_is_read_in_full(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport={"width": 1280, "height": 700})
    tab.ask("/tokens 9 /rate 0 /hang after 5")
    tab.wait_for_text()
    tab.press("stop")
    tab.wait_for("stopped")
    said = tab.answer.locator(".message-error")
    for width in WIDTHS:
        tab.page.set_viewport_size({"width": width, "height": 700})
        for name in (cast.olive.name, "Maximiliane " * 3):
            said.evaluate("(one, name) => { one.textContent = `Stopped by ${name}.`; }", name)
            assert said.evaluate(IS_WHOLE), (width, name)
            assert_fits(tab.page)


def test_a_table_that_goes_on_has_an_edge_that_is_seen(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    """Each column has a least width; in both themes the edge differs from the ground."""
    where = database.conversation(cast.olive)
    row = "| a " * 12 + "|\n"
    exchange(database, where, cast.olive, "Many?", row + "|---" * 12 + "|\n" + row)
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport={"width": 390, "height": 700})
    table = tab.answer.locator(".table")
    widths = table.locator("td").evaluate_all("all => all.map((one) => one.offsetWidth)")
    assert min(widths) >= LEAST_COLUMN_PX
    for scheme in ("light", "dark"):
        tab.page.emulate_media(color_scheme=scheme)
        assert table.evaluate(CONTRAST_OF_EDGE) >= LEAST_CONTRAST, scheme


@pytest.mark.parametrize("part", ["content", "thinking"])
def test_the_dots_after_a_word_at_the_edge_make_nothing_wider(
    open_tab: Open, database: Database, cast: Cast, part: str
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport={"width": 320, "height": 700})
    tab.ask(HANGING[part])
    tab.wait_for_text(part)
    tab.answer.locator(f".message-{part}").evaluate(TO_THE_EDGE)
    assert_fits(tab.page)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_menu_the_dialog_and_the_drawer_are_accessible(
    open_tab: Open, database: Database, cast: Cast, width: int
) -> None:
    where = database.conversation(cast.olive, title=LONG[:200].strip())
    size = {"width": width, "height": 700}
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport=size)
    tab.page.locator(".topbar-options").click()
    expect(tab.page.locator("[data-menu]")).to_be_visible()
    assert_accessible(tab.page)
    tab.page.get_by_role("button", name="Rename").click()
    expect(tab.page.locator("[data-rename]")).to_be_visible()
    assert_accessible(tab.page)
    tab.page.keyboard.press("Escape")
    if width < 900:
        tab.page.get_by_role("link", name="Conversations").click()
        expect(tab.page.locator(".sidebar")).to_be_visible()
        assert_accessible(tab.page)
    tab.page.fill("#search", "haupt")
    expect(tab.page.locator("[data-results] mark").first).to_be_visible()
    assert_accessible(tab.page)
    assert_fits(tab.page)


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


@pytest.fixture
def import_report(database: Database, cast: Cast) -> Iterator[None]:
    """What Olive has imported, with what was skipped and what was changed."""
    found = {"formats": {"ChatGPT": 2}, "outcomes": {"added": 2}, "messages": 8, "files": 1}
    unusual = {"skipped": [["A list", "It is empty."]], "skipped_count": 1, "notes": {"images": 3}}
    database.write(lambda: _add_import(cast.olive, json.dumps({**found, **unusual})))
    yield
    database.write(lambda: db.session.execute(db.delete(Job).where(Job.file_name == "few.zip")))


def _add_import(person: Person, report: str) -> None:
    user_id = db.session.scalars(db.select(User.id).filter_by(email=person.email)).one()
    Job.begin(user_id, Kind.IMPORT, State.DONE, file_name="few.zip").report = report


@pytest.mark.usefixtures("import_report")
def test_touch_targets_are_large_enough(open_tab: Open, cast: Cast, where: str) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", **PHONE)
    tab.page.fill("[data-composer-text]", "Show me. /think 5 /tokens 300 /rate 0")
    tab.page.get_by_role("button", name="Send").tap()
    tab.wait_for("complete")
    expect(tab.answer.locator(".code-tools")).not_to_have_count(0)
    for path in (f"/conversations/{where}", "/conversations", *ACCOUNT_PAGES):
        tab.page.goto(path)
        assert tab.page.locator(".button:visible").count() > 2
        if path == "/account/data":
            expect(tab.page.locator(".more > summary")).to_have_count(2)
        assert tab.page.evaluate(TOO_LOW, MIN_TARGET_PX) == [], path


@pytest.mark.parametrize("width", [320, 390])
def test_the_date_of_an_old_question_is_beneath_no_button(
    open_tab: Open, database: Database, cast: Cast, where: str, width: int
) -> None:
    exchange(
        database, where, cast.olive, "Why is it dark at night, and bright by day?", "It is so."
    )
    phone = {**PHONE, "viewport": {"width": width, "height": 700}}
    tab = open_tab(cast.olive, f"/conversations/{where}", **phone)
    date = tab.page.locator("article[data-role=user] .message-time")
    date.evaluate("(one) => { one.textContent = 'Nov 27, 10:02 AM'; }")
    assert date.evaluate(IS_WHOLE)
    assert_fits(tab.page)


def test_enter_starts_a_new_line(
    open_tab: Open, database: Database, cast: Cast, where: str
) -> None:
    tab = open_tab(cast.olive, f"/conversations/{where}", **PHONE)
    for key in ("O", "Enter", "k"):
        tab.page.press("[data-composer-text]", key)
    expect(tab.page.locator("[data-composer-text]")).to_have_value("O\nk")

    tab.page.get_by_role("button", name="Send").tap()

    expect(tab.page.locator("article")).to_have_count(2)
    assert database.messages(where)[0].content == "O\nk"


@pytest.mark.parametrize(("screen", "insets"), SCREENS)
def test_a_conversation_stays_within_the_safe_area(
    open_tab: Open, database: Database, cast: Cast, screen: dict[str, int], insets: dict[str, int]
) -> None:
    where = database.conversation(cast.olive)
    fill(database, where, cast.olive, 9, lines=3)
    tab = open_tab(cast.olive, f"/conversations/{where}", viewport=screen)
    assert outside(tab, insets) != [], "without insets the page must reach there"

    set_insets(tab, insets)

    assert outside(tab, insets) == []
    tab.page.evaluate("scrollTo(0, 0)")
    assert outside(tab, insets) == []


@pytest.mark.parametrize(("screen", "insets"), SCREENS)
def test_other_pages_stay_within_the_safe_area(
    open_tab: Open, cast: Cast, screen: dict[str, int], insets: dict[str, int]
) -> None:
    tab = open_tab(cast.olive, "/conversations", viewport=screen)
    for path in ("/conversations", *ACCOUNT_PAGES):
        set_insets(tab, dict.fromkeys(insets, 0))
        tab.page.goto(path)
        assert outside(tab, insets) != [], "without insets the page must reach there"
        set_insets(tab, insets)
        assert outside(tab, insets) == []


def set_insets(tab: Tab, insets: dict[str, int]) -> None:
    devtools = tab.page.context.new_cdp_session(tab.page)
    at_most = {f"{side}Max": length for side, length in insets.items()}
    devtools.send("Emulation.setSafeAreaInsetsOverride", {"insets": insets | at_most})
    tab.page.evaluate(TWO_FRAMES)


def outside(tab: Tab, insets: dict[str, int]) -> list[str]:
    """Return the HTML of what is outside the safe area."""
    found: list[str] = tab.page.evaluate(OUTSIDE, insets)
    return found
