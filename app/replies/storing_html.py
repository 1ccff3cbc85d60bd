"""Stores the rendered texts of questions and of ended answers, outside of any transaction."""

from __future__ import annotations

from app.background import Backoff
from app.database import write
from app.models import ending
from app.rendering.renderer import current_renderer

RENDER_SECONDS = 60.0
MISSING_AT_ONCE = 20
RETRY_SECONDS = 5.0


def store_html_of(message_id: int) -> bool:
    """Render the text of a message that does not stream, and store the HTML unless it is stored.

    Returns False if the text can't be rendered now; `MissingHtml` makes up for it.
    """
    found = ending.unrendered(message_id)
    if found is None:
        return True
    role, content, is_open = found
    html = current_renderer().render(message_id, role, content, RENDER_SECONDS, is_open)
    if html is not None:
        write(lambda: ending.store_html(message_id, html))
    return html is not None


class MissingHtml:
    """Finds the messages without HTML. Runs in every server process.

    The process that should have rendered them ended too early, or had too much to render.
    """

    def __init__(self) -> None:
        self._backoff = Backoff(RETRY_SECONDS)

    def store(self) -> None:
        """Store the HTML of some messages that have been without it for a while."""
        found = ending.all_unrendered(MISSING_AT_ONCE, self._backoff.waiting)
        self._backoff.for_each(found, store_html_of)
