"""Names of browsers."""

from __future__ import annotations

import pytest

from app.views.user_agents import describe

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36", "Chrome on Windows"),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (f"Mozilla/5.0 (Linux; Android 16) {WEBKIT} Chrome/140.0 Mobile", "Chrome on Android"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) {WEBKIT} Safari/605", "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari on iOS"),
        ("python-requests/2.32", "An unknown browser"),
        ("", "An unknown browser"),
        ("Something on Linux", "Linux"),
        ("<script>Firefox/1</script>", "Firefox"),
    ],
)
def test_a_browser_is_named_by_known_names_only(user_agent: str, name: str) -> None:
    assert describe(user_agent) == name
