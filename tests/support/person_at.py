"""Somebody in a browser without JavaScript, in this process."""

from __future__ import annotations

import re

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.cast import PASSWORD, Person

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class PersonAt:
    """Gets pages and sends their forms, each with the token that is in it."""

    def __init__(self, app: Flask, agent: str = "") -> None:
        self.client = app.test_client()
        self._headers = {"User-Agent": agent} if agent else {}

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=self._headers)

    def post(self, page: str, path: str = "", /, **fields: str) -> TestResponse:
        """Send the form of a page to a path, its own if none is given."""
        found = CSRF.search(self.get(page).text)
        assert found, f"{page} has no form"
        data = {**fields, "csrf_token": found[1]}
        return self.client.post(path or page, data=data, headers=self._headers)

    def sign_in(self, person: Person, password: str = PASSWORD) -> PersonAt:
        answer = self.post("/login", email=person.email, password=password)
        assert answer.status_code == 302, answer.text
        return self

    @property
    def is_signed_in(self) -> bool:
        return self.get("/account").status_code == 200
