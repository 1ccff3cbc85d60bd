"""Error pages: a sentence, never a traceback."""

from __future__ import annotations

import math

from flask import Flask, current_app, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadHost, HTTPException

from app import database_failures
from app.errors import DomainError, Invalid, NotFound, RateLimited, TooLarge, Unavailable

SENTENCES = {
    **{error.http_status: error.sentence for error in (Invalid, NotFound, TooLarge, RateLimited)},
    404: "Page not found.",
    403: "You are not allowed to do that.",
    405: "This page does not support that request.",
    500: "Something went wrong on the server. The error has been logged.",
}

RETRY_SECONDS = 5  # after something was not available, unless the error says more

ErrorPage = tuple[str | dict[str, str], int, dict[str, str]]


def register(app: Flask) -> None:
    """Register the error pages."""
    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(SQLAlchemyError, database_error)
    app.register_error_handler(HTTPException, http_error)


def domain_error(error: DomainError) -> ErrorPage:
    """Show the sentence of a DomainError."""
    return _page(error.sentence, error.http_status, headers_of(error))


def database_error(error: SQLAlchemyError) -> ErrorPage:
    """Show that the database can't be used; any other of its errors is a defect."""
    if database_failures.note(error) is None:
        raise error
    return domain_error(Unavailable())


def headers_of(error: DomainError) -> dict[str, str]:
    """Return the response headers of an error: when to retry, if that is known."""
    seconds = error.retry_after or (RETRY_SECONDS if error.http_status == 503 else None)
    return {"Retry-After": str(math.ceil(seconds))} if seconds else {}


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
    if status == Unavailable.http_status:  # to know who asks may need what is not available
        page = current_app.jinja_env.get_template("errors/unavailable.html")
        return page.render(sentence=sentence, status=status), status, headers
    return render_template("errors/error.html", sentence=sentence, status=status), status, headers
