"""The server's address and the API token that the command uses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from midstream.access import Access


def path() -> Path:
    """Return the file in the user's configuration folder."""
    return Path(click.get_app_dir("midstream")) / "access.json"


def store(access: Access) -> None:
    """Store an address and a token in a file that only this user can read."""
    path().parent.mkdir(parents=True, exist_ok=True)
    path().unlink(missing_ok=True)  # it may have other permissions
    descriptor = os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"url": access.url, "token": access.token}, file)


def load() -> Access | None:
    """Return MIDSTREAM_URL and MIDSTREAM_TOKEN, otherwise what is stored, if anything."""
    url, token = os.environ.get("MIDSTREAM_URL"), os.environ.get("MIDSTREAM_TOKEN")
    if url and token:
        return Access(url, token)
    try:
        stored = json.loads(path().read_text())
        return Access(stored["url"], stored["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
