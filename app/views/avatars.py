"""Template filters for people: their names, and avatars, which are initials in a colour.

presence.js and reactions.js must make the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.events.payloads import FORMER_MEMBER

HUES = 8  # in avatars.css


def named(people: Sequence[str], names: Mapping[str, str]) -> str:
    """Return people's names by their senders; those who left are named once, at the end."""
    known = [names[person] for person in people if person in names]
    former = [FORMER_MEMBER] if len(known) < len(people) else []
    return ", ".join(known + former)


def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name, as capitals."""
    words = name.split()
    return "".join(word[0] for word in dict.fromkeys([*words[:1], *words[-1:]])).upper()


def hue(sender: str) -> int:
    """Return the number of somebody's colour: the same wherever this `sender` is shown."""
    return sum(map(ord, sender)) % HUES
