"""A server that speaks S3: moto's, over HTTP. It looks at no signature, so any key is right."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import requests

from app.config import S3Settings
from tests.support.services import free_port
from tests.support.waiting import eventually

BUCKET = "files"
START_SECONDS = 60.0
PROGRAM = "from moto.server import main; main()"


class S3Server(NamedTuple):
    """Where it is."""

    url: str

    def settings(self, **fields: str | None) -> S3Settings:
        """Return the settings for its bucket."""
        about = {"endpoint": self.url, "region": "us-east-1", "key": "a-key", "secret": "a-secret"}
        return S3Settings(BUCKET, **about | fields)  # type: ignore[arg-type]

    def objects(self) -> dict[str, int]:
        """Return the sizes of the objects by their names."""
        listed = requests.get(f"{self.url}/{BUCKET}", timeout=30).text
        names = [part.partition("<")[0] for part in listed.split("<Key>")[1:]]
        sizes = [part.partition("<")[0] for part in listed.split("<Size>")[1:]]
        return dict(zip(names, map(int, sizes), strict=True))


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Run a server with an empty bucket."""
    port = free_port()
    server = S3Server(f"http://127.0.0.1:{port}")
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "-H", "127.0.0.1", "-p", str(port)],
            stdout=log,
            stderr=log,
        )
    try:
        eventually(lambda: _makes_bucket(server), START_SECONDS, "the S3 server has not started")
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _makes_bucket(server: S3Server) -> bool:
    try:
        return requests.put(f"{server.url}/{BUCKET}", timeout=30).ok
    except requests.ConnectionError:
        return False
