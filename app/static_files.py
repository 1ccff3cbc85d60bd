"""What pages load, bundled and compressed by bin/vendor: under an address that changes with it."""

from __future__ import annotations

import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request

FOLDER = Path(__file__).parent / "static" / "bundle"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".html": "text/html",  # in a frame
    ".png": "image/png",
    ".map": "application/json",
}
ENCODINGS = {"br": ".br", "gzip": ".gz", "identity": ""}  # to suffixes, the smallest first
MISSING = "midstream: the scripts and styles are missing; bin/setup bundles them."
IMMUTABLE = "public, max-age=31536000, immutable"


def register(app: Flask) -> None:
    """Serve the files, and let `url_for("static", filename=…)` return their addresses."""
    app.add_url_rule("/static/<filename>", "static", send)
    app.add_url_rule("/static/v-<version>/<filename>", "static", send)
    app.url_defaults(_add_version)


def prepare() -> None:
    """Read all files, so that no request waits for it; exit with a sentence if there are none."""
    if not _files():
        sys.exit(MISSING)


def send(filename: str, version: str | None = None) -> Response:
    """Send a file. Under the current version it never changes; under any other it may have."""
    if filename not in _files():
        abort(404)
    encoded = _files()[filename]
    encoding = next((each for each in encoded if request.accept_encodings[each]), "identity")
    response = Response(encoded[encoding], mimetype=TYPES[Path(filename).suffix])
    if encoding != "identity":
        response.content_encoding = encoding
    response.vary.add("Accept-Encoding")
    is_current = version == current_version()
    response.headers["Cache-Control"] = IMMUTABLE if is_current else "no-cache"
    return response


@cache
def current_version() -> str:
    """Return what changes whenever any of the files does."""
    digest = sha256()
    for name, encoded in _files().items():
        digest.update(f"{name}\0{len(encoded['identity'])}\0".encode() + encoded["identity"])
    return digest.hexdigest()[:16]


@cache
def _files() -> dict[str, dict[str, bytes]]:
    """Return the bytes of each file in each encoding."""
    return {path.name: _encoded(path) for path in sorted(FOLDER.glob("*")) if path.suffix in TYPES}


def _encoded(path: Path) -> dict[str, bytes]:
    return {
        encoding: path.with_name(path.name + suffix).read_bytes()
        for encoding, suffix in ENCODINGS.items()
    }


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static":
        values.setdefault("version", current_version())
