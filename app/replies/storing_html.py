"""Stores the rendered texts of questions and of ended answers, outside of any transaction."""

from __future__ import annotations

from app.database import read, write
from app.models import ending
from app.rendering.renderer import current_renderer

RENDER_SECONDS = 60.0
MISSING_AT_ONCE = 20


def store_html_of(message_id: int) -> None:
    """Render the text of a message that does not stream, and store the HTML unless it is stored.

    If the text can't be rendered now, `store_missing` makes up for it.
    """
    found = read(lambda: ending.unrendered(message_id))
    if found is None:
        return
    html = current_renderer().render(message_id, *found, RENDER_SECONDS)
    if html is not None:
        write(lambda: ending.store_html(message_id, html))


def store_missing() -> None:
    """Store the HTML of some messages that have been without it for a while, in any process.

    The process that should have rendered them ended too early, or had too much to render.
    """
    for message_id in read(lambda: ending.all_unrendered(MISSING_AT_ONCE)):
        store_html_of(message_id)
