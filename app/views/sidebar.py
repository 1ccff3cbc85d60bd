"""The list of conversations beside a page: its first page, under headings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from flask import Response, after_this_request, request

from app.models.columns import now
from app.models.listing import Listed, conversations_of
from app.views.dates import month

PART = "X-Part"  # the header with which a page's scripts ask for what is beside the sidebar alone
WEEK = timedelta(days=7)
PINNED, TODAY, YESTERDAY, THIS_WEEK = WORDS = ("Pinned", "Today", "Yesterday", "Last 7 days")


class Group(NamedTuple):
    """Conversations under a heading."""

    heading: str
    conversations: list[Listed]

    @property
    def is_month(self) -> bool:
        """Return whether the heading is a date, not words."""
        return self.heading not in WORDS


class Sidebar(NamedTuple):
    """The first page of a user's list, and the token of the next page where there is one."""

    groups: list[Group]
    next: str | None


def sidebar_of(user_id: int) -> Sidebar | None:
    """Return the sidebar for this request; None where the page that asks has one already."""
    after_this_request(_vary)
    if request.headers.get(PART) == "main":
        return None
    listing = conversations_of(user_id, archived=False)
    return Sidebar(grouped(listing.conversations), listing.next)


def grouped(conversations: Sequence[Listed]) -> list[Group]:
    """Return a page of a list under headings, by the day in UTC; browsers know the reader's day."""
    today = now().date()
    groups = groupby(conversations, lambda listed: _heading(listed, today))
    return [Group(heading, list(found)) for heading, found in groups]


def _vary(response: Response) -> Response:
    """Keep the browser from showing a page without its sidebar on the way back."""
    response.vary.add(PART)
    return response


def _heading(listed: Listed, today: date) -> str:
    day = listed.conversation.updated_at.date()
    if listed.membership.pinned:
        return PINNED
    if day >= today:
        return TODAY
    if day == today - timedelta(days=1):
        return YESTERDAY
    return THIS_WEEK if day > today - WEEK else month(day)
