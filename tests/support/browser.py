"""A browser without JavaScript, in this process: it follows links and fills in forms."""

from __future__ import annotations

import re
from contextvars import Context
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app.auth.identity import SIGN_IN
from app.models import SignIn, User
from tests.support.cast import Person
from tests.support.csrf import CSRF, csrf_token
from tests.support.database import Database

NONCE = re.compile(r'nonce="[^"]+"')
TAG = re.compile(r"<article\b([^>]*)>(.*?)</article>", re.DOTALL)
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


class Browser:
    """A cookie jar; `signed_in` signs in without the form."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.headers: dict[str, str] = {}

    def signed_in(self, person: Person) -> Browser:
        """Hold a person's session cookie."""
        key = Database(self.app).write(lambda: SignIn.begin(_key(person)))
        with self.client.session_transaction() as session:
            session[SIGN_IN] = key
        return self

    def with_token(self, person: Person) -> Browser:
        """Send a person's API token, as programs do."""
        self.headers = {"Authorization": f"Bearer {person.token}"}
        return self

    def open(self, path: str, **options: Any) -> TestResponse:
        """Get a page; redirects are not followed."""
        # beside the test's own app context, which would let all requests share one `g`
        headers = self.headers | options.pop("headers", {})
        return Context().run(self.client.get, path, buffered=True, headers=headers, **options)

    def post(self, path: str, *, form_on: str = "/conversations", **fields: str) -> TestResponse:
        """Send a form with the CSRF token of the page it is on."""
        token = csrf_token(self.open(form_on).text)
        return self.post_bare(path, csrf_token=token, **fields)

    def post_bare(self, path: str, **fields: Any) -> TestResponse:
        """Send only these fields."""
        return Context().run(self.client.post, path, data=fields, headers=self.headers)


def articles(page: str) -> dict[str, tuple[dict[str, str], str]]:
    """Return the messages on a page by their id: their attributes, and what is inside.

    The template for new messages has no id and is left out.
    """
    found = [(dict(ATTRIBUTE.findall(tag)), inside) for tag, inside in TAG.findall(page)]
    return {tag["id"]: (tag, inside) for tag, inside in found if tag["id"]}


def without_the_new(page: str) -> str:
    """Return a page without what differs in each response."""
    return NONCE.sub("", CSRF.sub("", page))


def inside(html: str, name: str) -> str:
    """Return the text of the element with this class, which must hold no other of its kind."""
    found = re.search(rf'<(\w+)[^>]*class="{name}"[^>]*>(.*?)</\1>', html, re.DOTALL)
    assert found, f"there is no .{name}"
    return unescape(found[2])


def _key(person: Person) -> int:
    user = User.by_email(person.email)
    assert user is not None
    return user.id
