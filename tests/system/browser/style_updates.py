"""How much work the styles of a page are for Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.support.chromium import traced


@dataclass(frozen=True, slots=True)
class StyleUpdate:
    """One update: of how many elements and pseudo-elements styles were taken, and how often a rule
    was tried on one."""

    elements: int
    pseudo_elements: int
    tries: int


@contextmanager
def style_updates(page: Page) -> Iterator[list[StyleUpdate]]:
    """Yield a list; at the end it holds the updates of the page's styles meanwhile."""
    updates: list[StyleUpdate] = []
    with traced(page, "blink") as events:
        yield updates
    counted = [each["args"] for each in events if each["name"] == "Document::updateStyle"]
    for counters in [each["counters"] for each in counted if "counters" in each]:
        tries = ("rulesFastRejected", "rulesRejected", "rulesMatched")
        updates.append(
            StyleUpdate(
                counters["elementsStyled"],
                counters["pseudoElementsStyled"],
                sum(counters[each] for each in tries),
            )
        )
