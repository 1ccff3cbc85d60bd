"""Template filters for avatars: initials in a colour. presence.js must make the same."""

from __future__ import annotations

HUES = 8  # in avatars.css


def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name, as capitals."""
    words = name.split()
    return "".join(word[0] for word in dict.fromkeys([*words[:1], *words[-1:]])).upper()


def hue(sender: str) -> int:
    """Return the number of somebody's colour: the same wherever this `sender` is shown."""
    return sum(map(ord, sender)) % HUES
