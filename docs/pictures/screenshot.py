"""A page of which a screenshot is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page

from app.demo.stories import Person

Act = Callable[[Page], None]


class Screenshot(NamedTuple):
    """A page: who opens it, what they do there, and what they do after the picture, so that the
    page is the same for the next one."""

    reader: Person | None
    path: str
    act: Act = lambda page: None
    after: Act = lambda page: None
    scripts: bool = True
