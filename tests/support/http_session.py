"""A signed-in session over HTTP, without a browser."""

from __future__ import annotations

import requests

from tests.support.cast import PASSWORD, Person
from tests.support.csrf import csrf_token

__all__ = ["BrowserSession", "csrf_token"]


class BrowserSession:
    """Holds the cookie; signs in and out through the forms of the pages."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()

    def sign_in(self, person: Person) -> BrowserSession:
        """Send the form of the sign-in page."""
        fields = {"email": person.email, "password": PASSWORD}
        answer = self.http.post(
            f"{self.url}/login", data={**fields, "csrf_token": self._csrf("/login")}, timeout=20
        )
        assert answer.url == f"{self.url}/conversations", answer.text
        return self

    def sign_out(self) -> None:
        """Send the form of the sign-out button."""
        token = self._csrf("/conversations")
        answer = self.http.post(f"{self.url}/logout", data={"csrf_token": token}, timeout=20)
        assert answer.ok, answer.text

    def post(self, path: str, **fields: str) -> requests.Response:
        """Send a form of the account page; return the response."""
        token = self._csrf("/account")
        url = f"{self.url}{path}"
        return self.http.post(url, data={**fields, "csrf_token": token}, timeout=20)

    def is_signed_in(self) -> bool:
        """Return whether the account page is shown instead of the sign-in page."""
        return self.http.get(f"{self.url}/account", timeout=20).url == f"{self.url}/account"

    def close(self) -> None:
        """Close its connections."""
        self.http.close()

    @property
    def cookie(self) -> str:
        """The header that the browser sends with every request."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies)

    def _csrf(self, path: str) -> str:
        return csrf_token(self.http.get(self.url + path, timeout=20).text)
