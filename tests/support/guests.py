"""Many who sign in at the same moment, in a process of their own: python -m tests.support.guests

Each has a loopback address of their own, as people who don't share one have.
Its arguments are the server's address and how many they are. It prints the status of each answer.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tests.support.forms import csrf_token
from tests.support.server import ROOT

PATIENCE_SECONDS = 90


class FromAddress(HTTPAdapter):
    """Connects from this address."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pool of connections."""
        super().init_poolmanager(*args, source_address=(self._address, 0), **options)  # type: ignore[no-untyped-call]


def from_address(address: str) -> requests.Session:
    """Return a session whose connections come from this loopback address."""
    http = requests.Session()
    http.mount("http://", FromAddress(address))
    return http


def form(http: requests.Session, url: str) -> str:
    """Return the token of the form to sign in with."""
    return csrf_token(http.get(f"{url}/login", timeout=PATIENCE_SECONDS).text)


def attempt(
    http: requests.Session, url: str, token: str, email: str, password: str
) -> requests.Response:
    """Send the form."""
    fields = {"email": email, "password": password, "csrf_token": token}
    return http.post(f"{url}/login", data=fields, timeout=PATIENCE_SECONDS)


def sign_in_at_once(url: str, count: int) -> list[str]:
    """Let so many try, in that process; return the status of each answer."""
    guests = [sys.executable, "-m", "tests.support.guests", url, str(count)]
    ran = subprocess.run(guests, cwd=ROOT, capture_output=True, text=True, check=True)
    return ran.stdout.split()


def main(url: str, count: int) -> None:
    """Let everybody try a wrong password at once."""
    os.nice(10)  # elsewhere they would not take the server's processors
    with requests.Session() as first:
        token = form(first, url)
        cookies = first.cookies.get_dict()

    def guest(number: int) -> None:
        with from_address(f"127.0.1.{number}") as http:
            http.cookies.update(cookies)
            status = attempt(http, url, token, "eve@example.org", "wrong").status_code
            sys.stdout.write(f"{status}\n")

    numbers = range(1, count + 1)
    guests = [threading.Thread(target=guest, args=(number,)) for number in numbers]
    for each in guests:
        each.start()
    for each in guests:
        each.join()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
