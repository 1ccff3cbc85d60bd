"""Which browser it is, in the few words by which its owner knows it again."""

from __future__ import annotations

import re

# The first that is found counts: most browsers also say that they are others.
NAMES = {
    r"Edg(e|A|iOS)?/": "Edge",
    r"OPR/": "Opera",
    r"Firefox/|FxiOS/": "Firefox",
    r"Chrom(e|ium)/|CriOS/": "Chrome",
    r"Safari/": "Safari",
}
SYSTEMS = {
    r"iPhone|iPad": "iOS",
    r"Android": "Android",
    r"CrOS": "ChromeOS",
    r"Windows": "Windows",
    r"Mac OS": "macOS",
    r"Linux": "Linux",
}


def describe(user_agent: str) -> str:
    """Return what is to be remembered of a User-Agent header: `Firefox on Linux`."""
    name, system = _first(NAMES, user_agent), _first(SYSTEMS, user_agent)
    if name and system:
        return f"{name} on {system}"
    return name or system or "An unknown browser"


def _first(words: dict[str, str], user_agent: str) -> str | None:
    return next((word for sign, word in words.items() if re.search(sign, user_agent)), None)
