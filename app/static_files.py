"""What pages load: under an address that changes with it, compressed once, and kept for good."""

from __future__ import annotations

import gzip
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from posixpath import join, normpath
from typing import Any

from flask import Flask, Response, request, send_from_directory
from flask.sessions import SecureCookieSessionInterface, SessionMixin

FOLDER = Path(__file__).parent / "static"
BROTLI = Path(__file__).parents[1] / "build" / "brotli"  # see bin/compress.mjs
TEXT_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
IMPORT = re.compile(r"""^import (?:[^"';]* from )?["'](\.[^"']+)["']""", re.MULTILINE)
CACHE_FOR_GOOD = "public, max-age=31536000, immutable"


class SessionsOfPages(SecureCookieSessionInterface):
    """Sessions in cookies, which these files, the same for everybody, go out without."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie, where the response is not one of these files."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def register(app: Flask) -> None:
    """Serve the files, and give templates their addresses and `modules`."""
    app.add_url_rule("/static/<path:filename>", "static", send)
    app.add_url_rule("/static/v-<version>/<path:filename>", "static", send)
    app.url_defaults(_add_version)
    app.add_template_global(modules)


def prepare() -> None:
    """Compress all files: a server does so before it serves, and no request waits for it."""
    _compressed()


def send(filename: str, version: str | None = None) -> Response:
    """Send a file. Under the current version it never changes; under any other it may have."""
    response = _packed(filename) or send_from_directory(FOLDER, filename)
    response.vary.add("Accept-Encoding")
    is_current = version == current_version()
    response.headers["Cache-Control"] = CACHE_FOR_GOOD if is_current else "no-cache"
    return response


@cache
def current_version() -> str:
    """Return what changes whenever any of the files does."""
    digest = sha256()
    for path in _files():
        digest.update(f"{path.relative_to(FOLDER)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def modules(filename: str) -> list[str]:
    """Return a JavaScript module and all that it imports, so that a page can load them at once."""
    found = [filename]
    for name in found:
        source = (FOLDER / name).read_text("utf-8")
        imports = (normpath(join(name, "..", path)) for path in IMPORT.findall(source))
        found += [each for each in dict.fromkeys(imports) if each not in found]
    return found


def _packed(filename: str) -> Response | None:
    """Answer with a text as small as the browser takes it; None where it takes only the file."""
    kind = TEXT_TYPES.get(Path(filename).suffix)
    packed = _compressed().get(filename, {})
    encoding = next((each for each in packed if request.accept_encodings[each]), None)
    if kind is None or encoding is None:
        return None
    response = Response(packed[encoding], mimetype=kind)
    response.content_encoding = encoding
    return response


@cache
def _compressed() -> dict[str, dict[str, bytes]]:
    """Return every text file's bytes by encoding, as small as can be, the smallest first."""
    texts = (path for path in _files() if path.suffix in TEXT_TYPES)
    return {path.relative_to(FOLDER).as_posix(): _encoded(path.read_bytes()) for path in texts}


def _encoded(text: bytes) -> dict[str, bytes]:
    """Return a text in each encoding: in Brotli where the set-up has made it of this very text."""
    prepared = BROTLI / sha256(text).hexdigest()
    brotli = {"br": prepared.read_bytes()} if prepared.is_file() else {}
    return {**brotli, "gzip": gzip.compress(text, 9, mtime=0)}


def _files() -> list[Path]:
    return sorted(path for path in FOLDER.rglob("*") if path.is_file())


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static":
        values.setdefault("version", current_version())
