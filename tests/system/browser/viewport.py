"""Scrolling: what is visible in the viewport, and whether it moves."""

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
# Stores the positions at which the message `id` is drawn.
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
    """Scroll by so many pixels, and wait until the page has handled it."""
    page.evaluate("by => scrollBy(0, by)", by)
    page.evaluate(TWO_FRAMES)


def first_visible(page: Page) -> tuple[str | None, float]:
    """Return the id of the first visible message, or None, and its top edge in pixels."""
    name, top = page.evaluate(FIRST)
    return name, top


def watch_first(page: Page) -> None:
    """Store from now on where the first visible message is drawn; see `moved`."""
    page.evaluate(WATCH, first_visible(page)[0])


def moved(page: Page) -> float:
    """Return by how many pixels the watched message has moved."""
    return float(page.evaluate(MOVED))


def is_at_bottom(page: Page) -> bool:
    """Return whether the page is scrolled to its end, after the next frames."""
    page.evaluate(TWO_FRAMES)
    return bool(page.evaluate(FROM_BOTTOM) < NEAR_PX)


def assert_same_place(page: Page, before: tuple[str | None, float]) -> None:
    """Wait until the same message is at the same position as before."""

    def is_same() -> bool:
        name, top = first_visible(page)
        return name == before[0] and abs(top - before[1]) <= 1

    eventually(is_same)
