"""The theme of pages, and the colour of the browser's own bar."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
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
SIZE = "() => parseFloat(getComputedStyle(document.body).fontSize)"
GROUND = "() => getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(("system", "other"), [("light", "dark"), ("dark", "light")])
def test_one_press_changes_the_theme_for_good_and_keeps_the_focus(
    open_tab: Open, system: str, other: str, scripts: bool
) -> None:
    tab = open_tab(None, "/login", java_script_enabled=scripts, color_scheme=system)
    button = tab.page.locator(".themes").get_by_role("button")
    ground = tab.page.evaluate(GROUND)
    assert_one_colour(tab)
    for theme in (other, system, other):
        expect(button).to_have_count(1)
        expect(button).to_have_accessible_name(f"Use {theme} colours")
        button.press("Enter")
        expect(tab.page.locator("html")).to_have_attribute("data-theme", theme)
        assert (tab.page.evaluate(GROUND) == ground) == (theme == system)
        if scripts:
            expect(button).to_be_focused()
        assert_one_colour(tab)
        tab.page.reload()
        assert tab.page.evaluate(THEME) == theme
        assert (tab.page.evaluate(GROUND) == ground) == (theme == system)
        assert_one_colour(tab)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_account_page_has_a_switch_of_three_themes(
    open_tab: Open, cast: Cast, scripts: bool
) -> None:
    tab = open_tab(cast.olive, "/account/appearance", java_script_enabled=scripts)
    themes = tab.page.get_by_role("group", name="Theme")
    expect(themes.get_by_role("radio", name="System")).to_be_checked()
    for theme in ("Dark", "Light", "System"):
        themes.get_by_role("radio", name=theme).check()
        if not scripts:
            tab.page.get_by_role("button", name="Save").click()
        tab.page.wait_for_function(f"() => ({THEME})() === '{theme.lower()}'")
        tab.page.reload()
        expect(themes.get_by_role("radio", name=theme)).to_be_checked()
        assert tab.page.evaluate(THEME) == theme.lower()
        assert_one_colour(tab)
    if scripts:
        expect(tab.page.get_by_role("button", name="Save")).to_be_hidden()
        tab.page.get_by_role("button", name="Use dark colours").click()
        expect(themes.get_by_role("radio", name="Dark")).to_be_checked()


def test_text_has_the_chosen_size(open_tab: Open, cast: Cast) -> None:
    tab = open_tab(cast.olive, "/account/appearance")
    sizes = []
    for size in ("Normal", "Large", "Larger"):
        tab.page.get_by_role("radio", name=size, exact=True).check()
        sizes.append(tab.page.evaluate(SIZE))
    tab.page.goto("/conversations")
    assert sizes[0] < sizes[1] < sizes[2] == tab.page.evaluate(SIZE)


def assert_one_colour(tab: Tab) -> None:
    """Assert that the colour of the browser's bar is that of the page."""
    page = tab.page
    assert page.evaluate(SEEN, page.evaluate(BAR)) == page.evaluate(SEEN, page.evaluate(GROUND))
