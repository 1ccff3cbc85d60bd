"""A page of which a screenshot is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page

from app.demo.stories import Person


class Screenshot(NamedTuple):
    """A page: who opens it, and what they do there."""

    reader: Person | None
    path: str
    act: Callable[[Page], None] = lambda page: None
