"""Nothing lies beneath the notch and the rounded corners of a screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.stored import fill
from tests.system.browser.tab import ACCOUNT_PAGES, Tab
from tests.system.browser.viewport import TWO_FRAMES

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

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
