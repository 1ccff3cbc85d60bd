"""Checks a page with axe, in the light and the dark theme."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.system.browser.viewport import TWO_FRAMES

AXE = (Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags });
  return violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.failureSummary)]);
}"""


def assert_accessible(page: Page) -> None:
    """Assert that axe finds no violation on a page in its current state."""
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.evaluate(TWO_FRAMES)  # until the new colours are drawn
        found = page.evaluate(RUN, RULES)
        assert not found, f"{page.url}, {theme}: {found}"
