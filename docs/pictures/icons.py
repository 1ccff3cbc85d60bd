"""Draws the PNG icons of the installed app from the SVG: `bin/icons`."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.support.chromium import launch

STATIC = Path("app/static")
GROUND = "#0b6171"  # of the SVG
SAFE = 0.7  # of a maskable icon: systems cut the rest into their own shape
ICONS = {  # by name: the size in pixels, and how much of it the drawing takes
    "icon-192.png": (192, 1.0),
    "icon-512.png": (512, 1.0),
    "icon-maskable-512.png": (512, SAFE),
    "icon-apple-180.png": (180, SAFE),
}
PAGE = """<style>body {{ margin: 0; display: grid; place-content: center; height: 100vh;
  background: {ground} }}</style>{drawing}"""


def main() -> None:
    """Draw all of them."""
    drawing = (STATIC / "icon.svg").read_text()
    with sync_playwright() as playwright, launch(playwright) as browser:
        for name, (size, share) in ICONS.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            ground = "transparent" if share == 1 else GROUND
            page.set_content(PAGE.format(ground=ground, drawing=drawing))
            width = round(size * share)
            page.eval_on_selector("svg", "(svg, width) => svg.setAttribute('width', width)", width)
            page.screenshot(path=STATIC / "icons" / name, omit_background=True)
            page.close()


if __name__ == "__main__":
    main()
