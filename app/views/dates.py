"""Moments as a page says them; a browser says them anew, by its own clock and language."""

from __future__ import annotations

from datetime import datetime

from app.models.columns import now


def moment(at: datetime) -> str:
    """Return a moment in few words: its day unless that's today, its time unless it's years ago."""
    today = now()
    if at.date() == today.date():
        return at.strftime("%H:%M UTC")
    return at.strftime("%-d %b, %H:%M UTC" if at.year == today.year else "%-d %b %Y")


def full_moment(at: datetime) -> str:
    """Return a moment in full."""
    return at.strftime("%-d %b %Y, %H:%M UTC")
