"""Checks a page with axe, in the light and the dark theme, and that nothing is too wide."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Locator, Page, ViewportSize

from tests.system.browser.viewport import TWO_FRAMES

AXE = (Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js").read_text("utf-8")
SMALL: ViewportSize = {"width": 320, "height": 640}
PHONE: ViewportSize = {"width": 390, "height": 844}
WIDE: ViewportSize = {"width": 1280, "height": 720}
# What is wider than the window, if that makes the page wider; the page itself if it is not known.
OVERFLOW = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  const isOutside = (each) => each.getBoundingClientRect().right > innerWidth;
  const found = [...document.querySelectorAll("body *")].filter(isOutside);
  return [document.documentElement, ...found].map((each) => each.outerHTML.slice(0, 100));
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Themes and forced colours change colours alone, and what these find does not depend on the size.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
# Style sheets are loaded for css-orientation-lock alone, an experiment that RULES leave out.
OPTIONS = "resultTypes: ['violations'], preload: { assets: ['media'] }"
# What the bar or the composer covers in part is looked at again in the middle of the window.
RUN = f"""async (rules) => {{
  const run = async (where, runOnly) => (await axe.run(where, {{ runOnly, {OPTIONS} }})).violations;
  const isSmall = async ({{ target }}) => {{
    const element = document.querySelector(target[0]);
    element.scrollIntoView({{ block: "center" }});
    return (await run(element, ["target-size"])).length > 0;
  }};
  const found = await run(document, rules);
  for (const each of found.filter(({{ id }}) => id === "target-size")) {{
    const small = [];
    for (const node of each.nodes) if (await isSmall(node)) small.push(node);
    each.nodes = small;
  }}
  const said = ({{ html, failureSummary }}) => `${{html}} ${{failureSummary}}`;
  const violations = found.filter(({{ nodes }}) => nodes.length);
  return violations.map(({{ id, nodes }}) => [id, ...nodes.map(said)]);
}}"""


def assert_accessible(page: Page) -> None:
    """Assert that axe finds no violation on a page in its current state."""
    _assert_accessible(page, RULES, "light")
    _assert_accessible(page, OF_COLOURS, "dark")


def assert_accessible_at_every_size(page: Page) -> None:
    """Assert that axe finds no violation in a small and a wide window, nor where the system forces
    its colours, and that nothing is too wide in either of them, or on a phone."""
    page.set_viewport_size(PHONE)
    page.emulate_media(forced_colors="active")
    _assert_accessible(page, OF_COLOURS, "light")
    assert_fits(page)
    page.emulate_media(forced_colors="none")
    page.set_viewport_size(SMALL)
    _assert_accessible(page, RULES, "light")
    assert_fits(page)
    page.set_viewport_size(WIDE)
    assert_accessible(page)
    assert_fits(page)


def _assert_accessible(page: Page, rules: Sequence[str], theme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.evaluate(TWO_FRAMES)  # until the new colours are drawn
    found = violations(page, rules)
    assert not found, f"{page.url}, {theme}, {page.viewport_size}: {found}"


def violations(page: Page, rules: Sequence[str] = RULES) -> list[object]:
    """Return what axe finds on a page in its current state, and in its current theme."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found: list[object] = page.evaluate(RUN, rules)
    return found


def assert_fits(page: Page) -> None:
    """Assert that nothing is wider than the window."""
    assert overflow(page) == [], page.url


def overflow(page: Page) -> list[str]:
    """Return the beginning of each element that is outside of a page which is too wide."""
    found: list[str] = page.evaluate(OVERFLOW)
    return found


def assert_aligned(rows: Locator, *parts: str) -> None:
    """Assert that each of these parts begins at the same place in every row that has it, that two
    rows or more have it, and that nothing is too wide, in windows of every size."""
    for size in (WIDE, PHONE, SMALL):
        rows.page.set_viewport_size(size)
        for part in parts:
            boxes = [each.bounding_box() for each in rows.locator(part).all()]
            begins = [round(box["x"], 1) for box in boxes if box]
            assert len(begins) >= 2, f"precondition: rows with {part}"
            assert len(set(begins)) == 1, (part, begins, size)
        assert_fits(rows.page)
