"""Error pages: a sentence, never a traceback."""

from __future__ import annotations

import math

from flask import Flask, render_template, request
from werkzeug.exceptions import BadHost, HTTPException

from app.errors import DomainError, Invalid, NotFound, RateLimited, TooLarge

SENTENCES = {
    **{error.http_status: error.sentence for error in (Invalid, NotFound, TooLarge, RateLimited)},
    404: "Page not found.",
    403: "You are not allowed to do that.",
    405: "This page does not support that request.",
    500: "Something went wrong on the server. The error has been logged.",
}

ErrorPage = tuple[str | dict[str, str], int, dict[str, str]]


def register(app: Flask) -> None:
    """Register the error pages."""
    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(HTTPException, http_error)


def domain_error(error: DomainError) -> ErrorPage:
    """Show the sentence of a DomainError."""
    return _page(error.sentence, error.http_status, headers_of(error))


def headers_of(error: DomainError) -> dict[str, str]:
    """Return the response headers of an error: when to retry, if that is known."""
    return {"Retry-After": str(math.ceil(error.retry_after))} if error.retry_after else {}


def http_error(error: HTTPException) -> ErrorPage:
    """Show a sentence for an error of Flask or Werkzeug."""
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name == "Retry-After"}
    return _page(SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400]), status, headers)


def wants_json() -> bool:
    """Return whether the page's scripts have sent this request, and not a form or a link."""
    return request.accept_mimetypes.best == "application/json"


def _page(sentence: str, status: int, headers: dict[str, str]) -> ErrorPage:
    if wants_json():
        return {"message": sentence}, status, headers
    if isinstance(request.routing_exception, BadHost):  # for which there are no addresses
        return sentence, status, headers
    return render_template("errors/error.html", sentence=sentence, status=status), status, headers
