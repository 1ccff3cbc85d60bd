"""Takes pictures of every page and state, light and dark, wide and narrow; and the README's."""

from __future__ import annotations

from base64 import b64encode
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page

from app.demo.stories import MAX
from docs.pictures.pages import views_of
from docs.pictures.states import posed, reach
from docs.pictures.storyteller import STATES
from docs.pictures.studio import SIZES, Studio, studio

LARGEST_BYTES = 250_000
FOLDER = Path("build/screenshots")
README = Path("docs/images")
LOOKS = list(product(("light", "dark"), SIZES))
COMPOSED = {  # the README's, each of several
    "midstream": ["streaming-light-1280", "streaming-dark-390"],
    "phone": ["list-dark-390", "thinking-dark-390", "queued-light-390", "editing-light-390"],
    "account": ["token-light-1280", "token-dark-390"],
}
SHEET = """<style>
  body {{ background: #8fa3ab; display: flex; gap: 24px; margin: 0; padding: 24px }}
  body {{ width: max-content }}
  img {{ border-radius: 10px; box-shadow: 0 6px 24px #0006; height: 520px }}
</style>
{}"""
IMAGE = '<img src="data:image/png;base64,{}">'


def main() -> None:
    """Take them all."""
    for folder in (FOLDER, README):
        folder.mkdir(parents=True, exist_ok=True)
    with studio() as here:
        _take_views(here)
        for state in STATES:
            _take_state(here, state)
        for name, parts in COMPOSED.items():
            _compose(here.browser, name, parts)


def _take_views(here: Studio) -> None:
    for name, (who, path, act) in views_of(here).items():
        for theme, width in LOOKS:
            page = here.page(who, path, theme, width)
            act(page)
            page.wait_for_timeout(500)
            _save(page, f"{name}-{theme}-{width}")


def _take_state(here: Studio, state: str) -> None:
    with posed(here, state) as path:
        pages = {
            f"{state}-{theme}-{width}": here.page(MAX, path, theme, width) for theme, width in LOOKS
        }
        reach(here, state, list(pages.values()))
        for name, page in pages.items():
            _save(page, name)


def _save(page: Page, name: str) -> None:
    _check(page.screenshot(path=FOLDER / f"{name}.png"), name)
    page.context.close()


def _compose(browser: Browser, name: str, parts: list[str]) -> None:
    """Put pictures beside each other, as the README shows them."""
    images = [
        IMAGE.format(b64encode((FOLDER / f"{part}.png").read_bytes()).decode()) for part in parts
    ]
    page = browser.new_page(viewport={"width": 1168, "height": 568})
    page.set_content(SHEET.format("".join(images)))
    _check(page.locator("body").screenshot(path=README / f"{name}.png"), name)
    page.close()


def _check(picture: bytes, name: str) -> None:
    assert len(picture) < LARGEST_BYTES, f"{name} is too large: {len(picture):,} bytes"


if __name__ == "__main__":
    main()
