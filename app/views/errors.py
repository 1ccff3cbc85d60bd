"""Pages for what went wrong: a sentence, never a traceback."""

from __future__ import annotations

import math

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

from app.errors import DomainError, Invalid, NotFound, RateLimited, TooLarge

SENTENCES = {
    **{error.http_status: error.sentence for error in (Invalid, NotFound, TooLarge, RateLimited)},
    404: "Page not found.",
    403: "You may not do that.",
    405: "That can't be done here.",
    500: "Something went wrong here. It has been noted.",
}

ErrorPage = tuple[str, int, dict[str, str]]


def register(app: Flask) -> None:
    """Give the app its pages for errors."""
    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(HTTPException, http_error)


def domain_error(error: DomainError) -> ErrorPage:
    """Show the sentence of an error of our own."""
    return _page(error.sentence, error.http_status, headers_of(error))


def headers_of(error: DomainError) -> dict[str, str]:
    """Return what the headers of a response say of an error."""
    return {"Retry-After": str(math.ceil(error.retry_after))} if error.retry_after else {}


def http_error(error: HTTPException) -> ErrorPage:
    """Show our sentence for an error of the web framework's."""
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name == "Retry-After"}
    return _page(SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400]), status, headers)


def _page(sentence: str, status: int, headers: dict[str, str]) -> ErrorPage:
    return render_template("errors/error.html", sentence=sentence, status=status), status, headers
