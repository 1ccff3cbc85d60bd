"""Secrets that are shown once: between the form that makes one and the page that shows it, each is
in the session."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, make_response, session


def shown_once(name: str, render: Callable[[str | None], str]) -> Response:
    """Return a page with the secret that has this name in the session, if there is one, which is
    not there any more then. Such a page is not cached."""
    secret = session.pop(name, None)
    response = make_response(render(secret))
    if secret:
        response.headers["Cache-Control"] = "no-store"
    return response
