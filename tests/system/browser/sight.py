"""What a reader has in sight, and whether it moves."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.support.waiting import eventually

NEAR_PX = 48
FROM_BOTTOM = "() => document.documentElement.scrollHeight - innerHeight - scrollY"
FIRST = """() => {
  const all = [...document.querySelectorAll(".message")];
  const first = all.find((message) => message.getBoundingClientRect().bottom > 0);
  return first ? [first.id, first.getBoundingClientRect().top] : [null, 0];
}"""
# Notes the places at which the message `id` is drawn.
WATCH = """(id) => {
  window.places = [];
  const look = () => {
    window.places.push(document.getElementById(id).getBoundingClientRect().top);
    requestAnimationFrame(look);
  };
  look();
}"""
MOVED = "() => Math.max(...places) - Math.min(...places)"
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def scroll(page: Page, by: int) -> None:
    """Scroll, and let the page notice."""
    page.evaluate("by => scrollBy(0, by)", by)
    page.evaluate(TWO_FRAMES)


def first_in_sight(page: Page) -> tuple[str | None, float]:
    """Return the id of the first message in sight, if there is one yet, and where it begins."""
    name, top = page.evaluate(FIRST)
    return name, top


def watch_first(page: Page) -> None:
    """From now on note where the first message in sight is drawn; see `moved`."""
    page.evaluate(WATCH, first_in_sight(page)[0])


def moved(page: Page) -> float:
    """Return by how much what is watched has moved, in pixels."""
    return float(page.evaluate(MOVED))


def is_at_bottom(page: Page) -> bool:
    """Is the latest in sight, as soon as the page is drawn as it is now?"""
    page.evaluate(TWO_FRAMES)
    return bool(page.evaluate(FROM_BOTTOM) < NEAR_PX)


def assert_same_place(page: Page, before: tuple[str | None, float]) -> None:
    """The page is, or comes to, where it was before."""

    def is_same() -> bool:
        name, top = first_in_sight(page)
        return name == before[0] and abs(top - before[1]) <= 1

    eventually(is_same)
