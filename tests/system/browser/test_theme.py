"""The theme of pages, and the colour of the browser's own bar."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

THEME = "() => document.documentElement.dataset.theme ?? 'system'"
# Returns a colour as red, green, blue and alpha.
SEEN = """(colour) => {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return canvas.getImageData(0, 0, 1, 1).data.join();
}"""
BAR = """() => [...document.querySelectorAll("meta[name=theme-color]")]
  .find(({ media }) => matchMedia(media || "all").matches).content"""
GROUND = "() => getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_chosen_theme_is_applied_and_kept(open_tab: Open, scripts: bool) -> None:
    tab = open_tab(None, "/login", java_script_enabled=scripts, color_scheme="light")
    assert_one_colour(tab)
    for choice in ("light", "dark"):
        tab.page.get_by_role("button", name=f"Use {choice} colours").click()
    expect(tab.page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = tab.page.evaluate(GROUND)

    tab.page.reload()

    assert tab.page.evaluate(THEME) == "dark"
    assert tab.page.evaluate(GROUND) == dark
    assert_one_colour(tab)
    tab.page.get_by_role("button", name="Use the colours of the system").click()
    expect(tab.page.locator("html")).not_to_have_attribute("data-theme", "dark")
    assert tab.page.evaluate(GROUND) != dark


def assert_one_colour(tab: Tab) -> None:
    """Assert that the colour of the browser's bar is that of the page."""
    page = tab.page
    assert page.evaluate(SEEN, page.evaluate(BAR)) == page.evaluate(SEEN, page.evaluate(GROUND))
