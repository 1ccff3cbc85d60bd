"""Takes pictures of every page and state, light and dark, wide and narrow; and the README's."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from itertools import product
from pathlib import Path

from playwright.sync_api import Page

from app.demo.people import MAX, OLIVE
from docs.pictures.storyteller import STATES, STORY, TITLE, TITLES
from docs.pictures.studio import SIZES, Studio, studio

Save = Callable[..., None]

THEMES = ("light", "dark")
LARGEST_BYTES = 150_000
ANSWER = "article[data-role=assistant]"
TOGETHER = """<style>
  body {{ background: #8fa3ab; display: flex; gap: 24px; margin: 0; padding: 24px }}
  img {{ border-radius: 10px; box-shadow: 0 6px 24px #0006; height: 520px }}
</style>
<img src="data:image/png;base64,{}"><img src="data:image/png;base64,{}">"""


def main() -> None:
    """Take them all."""
    folder, readme = Path("build/screenshots"), Path("docs/images")
    for path in (folder, readme):
        path.mkdir(parents=True, exist_ok=True)

    def save(page: Page, name: str, folder: Path = folder) -> None:
        path = folder / f"{name}.png"
        page.screenshot(path=path)
        size = path.stat().st_size
        assert size < LARGEST_BYTES, f"{path} is too large: {size:,} bytes"
        page.context.close()

    with studio() as here:
        for theme, width in product(THEMES, SIZES):
            save(here.page(None, "/login", theme, width), f"login-{theme}-{width}")
            save(here.page(OLIVE, "/conversations", theme, width), f"list-{theme}-{width}")
            save(_told(here, theme, width), f"conversation-{theme}-{width}")
        for state in STATES:
            _take(here, state, save)
        save(_together(here, folder), "midstream", readme)


def _told(here: Studio, theme: str, width: int) -> Page:
    page = here.page(OLIVE, "/conversations", theme, width)
    page.get_by_role("link", name=TITLE).click()
    page.wait_for_timeout(500)
    return page


def _take(here: Studio, state: str, save: Save) -> None:
    path = _pose(here, state)
    pages = {
        f"{state}-{theme}-{width}": here.page(MAX, path, theme, width)
        for theme, width in product(THEMES, SIZES)
    }
    if state == "offline":
        here.proxy.cut()
        for page in pages.values():
            page.wait_for_selector("[data-banner]:visible")
    for name, page in pages.items():
        save(page, name)
    here.proxy.restore()


def _pose(here: Studio, state: str) -> str:
    """Ask in a conversation of its own; return its path when the answer is in this state."""
    path = here.begin(TITLES[state], OLIVE, MAX)
    here.model.state = state
    page = here.page(OLIVE, path)
    page.fill("[data-composer-text]", STORY.question)
    page.press("[data-composer-text]", "Enter")
    page.wait_for_selector(f"{ANSWER}:has-text('log')")
    page.wait_for_timeout(500)
    if state == "stopped":
        page.click(f"{ANSWER} [data-action=stop]")
    page.wait_for_selector(f"{ANSWER}[data-status={_status(state)}]")
    page.context.close()
    return path


def _status(state: str) -> str:
    return state if state in ("stopped", "failed") else "streaming"


def _together(here: Studio, folder: Path) -> Page:
    """Return two readers of one answer side by side, as the README shows them."""
    names = ("streaming-light-1280", "streaming-dark-390")
    pictures = [(folder / f"{name}.png").read_bytes() for name in names]
    page = here.browser.new_page(viewport={"width": 1168, "height": 568})
    page.set_content(TOGETHER.format(*[b64encode(picture).decode() for picture in pictures]))
    return page


if __name__ == "__main__":
    main()
