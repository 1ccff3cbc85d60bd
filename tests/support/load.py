"""Many sign-ins at once, and how much they delay the chunks of an answer.

    python -m tests.support.load URL COUNT

sends the sign-ins from a process of its own and prints the status of each response. Each has a
loopback address of its own, as people have who don't share one. It imports nothing of the app,
which at its low priority would take longer than what is measured.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from statistics import quantiles
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tests.support.csrf import csrf_token
from tests.support.server import ROOT

TIMEOUT_SECONDS = 90


class Pace:
    """How evenly the chunks of an answer reach a reader."""

    def __init__(self, times: Callable[[], list[float]], per_second: int) -> None:
        self.times = times  # returns when the chunks came
        self.per_second = per_second
        self.begun = time.monotonic()

    def delays(self) -> list[float]:
        """Return by how many seconds each chunk came later than at an even pace, since `begun`."""
        since = [at for at in self.times() if at > self.begun]
        gaps = (later - earlier for earlier, later in itertools.pairwise(since))
        return [max(0.0, gap - 1 / self.per_second) for gap in gaps]

    def p99(self) -> float:
        """Return the 99th percentile of the delays, in seconds."""
        return quantiles(self.delays(), n=100)[98]


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
    return csrf_token(http.get(f"{url}/login", timeout=TIMEOUT_SECONDS).text)


def attempt(
    http: requests.Session, url: str, token: str, email: str, password: str
) -> requests.Response:
    """Send the form."""
    fields = {"email": email, "password": password, "csrf_token": token}
    return http.post(f"{url}/login", data=fields, timeout=TIMEOUT_SECONDS)


def sign_in_at_once(url: str, count: int) -> list[str]:
    """Let so many people try to sign in at once; return the status of each response."""
    # at a low priority: real clients would not take the server's processors
    guests = ["nice", sys.executable, "-m", "tests.support.load", url, str(count)]
    ran = subprocess.run(guests, cwd=ROOT, capture_output=True, text=True, check=True)
    return ran.stdout.split()


def main(url: str, count: int) -> None:
    """Send so many wrong passwords at once and print the status of each response."""
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
