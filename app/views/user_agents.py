"""Names browsers for the account page, from their User-Agent headers."""

from __future__ import annotations

import re

# The first match counts: most browsers also name others in their header.
BROWSERS = {
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
    """Return the browser and system that a User-Agent header names: `Firefox on Linux`."""
    browser, system = _first_match(BROWSERS, user_agent), _first_match(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "An unknown browser"


def _first_match(names: dict[str, str], user_agent: str) -> str | None:
    return next((name for regex, name in names.items() if re.search(regex, user_agent)), None)
