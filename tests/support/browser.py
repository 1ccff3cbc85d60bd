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
from tests.support.database import Database
from tests.support.http_session import CSRF, csrf_token

NONCE = re.compile(r'nonce="[^"]+"')
TAG = re.compile(r"<article\b([^>]*)>(.*?)</article>", re.DOTALL)
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


class Browser:
    """`signed_in` spares the test the form and the hashing."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def signed_in(self, person: Person) -> Browser:
        """Hold a cookie of somebody's."""
        key = Database(self.app).write(lambda: SignIn.begin(_key(person)))
        with self.client.session_transaction() as session:
            session[SIGN_IN] = key
        return self

    def open(self, path: str, **options: Any) -> TestResponse:
        """Get a page; redirects are not followed."""
        # beside the test's own app context, which would let all requests share one `g`
        return Context().run(self.client.get, path, **options)

    def post(self, path: str, *, form_on: str = "/conversations", **fields: str) -> TestResponse:
        """Send a form that stands on a page."""
        token = csrf_token(self.open(form_on).text)
        return self.post_bare(path, csrf_token=token, **fields)

    def post_bare(self, path: str, **fields: str) -> TestResponse:
        """Send just these fields."""
        return Context().run(self.client.post, path, data=fields)


def articles(page: str) -> dict[str, tuple[dict[str, str], str]]:
    """Return the messages on a page by their id: their attributes, and what is inside.

    The template for those that come live has no id, and is left out.
    """
    found = [(dict(ATTRIBUTE.findall(tag)), inside) for tag, inside in TAG.findall(page)]
    return {tag["id"]: (tag, inside) for tag, inside in found if tag["id"]}


def without_the_new(page: str) -> str:
    """Return a page without what is new each time it is asked for."""
    return NONCE.sub("", CSRF.sub("", page))


def inside(html: str, name: str) -> str:
    """Return what is inside the element of a class, which holds no other of its kind."""
    found = re.search(rf'<(\w+)[^>]*class="{name}"[^>]*>(.*?)</\1>', html, re.DOTALL)
    assert found, f"there is no .{name}"
    return unescape(found[2])


def _key(person: Person) -> int:
    user = User.by_email(person.email)
    assert user is not None
    return user.id
