"""Takes a screenshot of every page and state in each theme and width; makes the README's images."""

from __future__ import annotations

import shutil
import sys
from base64 import b64encode
from collections.abc import Collection, Iterator
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page

from app.demo.stories import MAX
from docs.pictures.answers import answer_in, prepare
from docs.pictures.browser_setup import HEIGHTS, BrowserSetup, browser_setup
from docs.pictures.contact_sheet import write_contact_sheet
from docs.pictures.late_reader import MODELS, record_late_reader
from docs.pictures.pages import all_pages
from docs.pictures.paused_model import STATES
from tests.system.browser.axe import OF_COLOURS, RULES, overflow, violations

LARGEST_BYTES = 250_000
FOLDER = Path("build/screenshots")
README = Path("docs/images")
VARIANTS = list(product(("light", "dark"), HEIGHTS))
COMPOSED = {  # images of the README, each made of several screenshots
    "phone": ["list-dark-390", "thinking-dark-390", "queued-light-390", "editing-light-390"],
    "account": ["token-light-1280", "token-dark-390"],
}
HTML = """<style>
  body {{ background: #8fa3ab; display: flex; gap: 24px; margin: 0; padding: 24px }}
  body {{ width: max-content }}
  img {{ border-radius: 10px; box-shadow: 0 6px 24px #0006; height: 520px }}
</style>
{}"""
IMAGE = '<img src="data:image/png;base64,{}">'


def main(*names: str) -> None:
    """Record the moving picture, take all screenshots, and make the README's images of them; or
    take only the screenshots with these names. Exit with what is wrong with the pages, if anything.
    """
    if not names:
        shutil.rmtree(FOLDER, ignore_errors=True)  # what no state makes any more
    for folder in (FOLDER, README):
        folder.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with browser_setup() as setup:
        problems += _take_pages(setup, names)
        for state in STATES:
            if not names or state in names:
                problems += _take_state(setup, state)
        if names:
            sys.exit(bool(problems))
        for name, parts in COMPOSED.items():
            _compose(setup.browser, name, parts)
    with browser_setup(MODELS=MODELS) as setup:
        record_late_reader(setup, README / "midstream.webp")
    write_contact_sheet(FOLDER, VARIANTS, README / "contact-sheet.webp")
    sys.exit(bool(problems))


def _take_pages(setup: BrowserSetup, names: Collection[str]) -> Iterator[str]:
    for name, shot in all_pages(setup).items():
        if names and name not in names:
            continue
        for theme, width in VARIANTS:
            page = setup.open(shot.reader, shot.path, theme, width, scripts=shot.scripts)
            shot.act(page)
            page.wait_for_timeout(500)
            yield from _save(page, name, theme, width, is_checked=shot.scripts)
            shot.after(page)
            page.context.close()


def _take_state(setup: BrowserSetup, state: str) -> Iterator[str]:
    with answer_in(setup, state) as path:
        pages = {variant: setup.open(MAX, path, *variant) for variant in VARIANTS}
        prepare(setup, state, list(pages.values()))
        for variant, page in pages.items():
            yield from _save(page, state, *variant)
            page.context.close()


def _save(
    page: Page, state: str, theme: str, width: int, *, is_checked: bool = True
) -> Iterator[str]:
    """Take a screenshot; yield and print what is too wide, and what axe finds, which runs as a
    script."""
    name = f"{state}-{theme}-{width}"
    _check_size(page.screenshot(path=FOLDER / f"{name}.png"), name)
    rules = RULES if theme == "light" else OF_COLOURS
    found = [*overflow(page), *violations(page, rules)] if is_checked else []
    for problem in found:
        print(f"{name}: {problem}", flush=True)
        yield f"{name}: {problem}"


def _compose(browser: Browser, name: str, parts: list[str]) -> None:
    """Put screenshots side by side."""
    images = [
        IMAGE.format(b64encode((FOLDER / f"{part}.png").read_bytes()).decode()) for part in parts
    ]
    page = browser.new_page(viewport={"width": 1168, "height": 568})
    page.set_content(HTML.format("".join(images)))
    _check_size(page.locator("body").screenshot(path=README / f"{name}.png"), name)
    page.close()


def _check_size(image: bytes, name: str) -> None:
    assert len(image) < LARGEST_BYTES, f"{name} is too large: {len(image):,} bytes"


if __name__ == "__main__":
    main(*sys.argv[1:])
