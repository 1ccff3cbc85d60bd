"""Where the command keeps its server's address and token."""

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
    """Keep an address and a token, for nobody else to read."""
    path().parent.mkdir(parents=True, exist_ok=True)
    path().unlink(missing_ok=True)  # it may have been made with another mode
    descriptor = os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"url": access.url, "token": access.token}, file)


def load() -> Access | None:
    """Return what MIDSTREAM_URL and MIDSTREAM_TOKEN say, else what is kept; None: neither."""
    url, token = os.environ.get("MIDSTREAM_URL"), os.environ.get("MIDSTREAM_TOKEN")
    if url and token:
        return Access(url, token)
    try:
        kept = json.loads(path().read_text())
        return Access(kept["url"], kept["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
