"""The token against forged requests, in the forms of a page."""

from __future__ import annotations

import re

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def csrf_token(page: str) -> str:
    """Return the token of the first form on a page; AssertionError where there is none."""
    found = CSRF.search(page)
    assert found, "there is no form on the page"
    return found[1]
