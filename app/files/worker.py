"""The process that looks at one file; inspecting.py starts it, and gives it its limits.

Its standard input is a socket to the server. It has as much memory and processor time as a file may
take, so that a file that would need more ends this process, and nothing else.
"""

from __future__ import annotations

import os
import resource
import socket
import sys
from contextlib import suppress
from typing import Any

from app.files.frames import receive, send
from app.files.kinds import DAMAGED, Kind, Unreadable, type_of

MEMORY_BYTES = 1_500_000_000  # of address space
PROCESSOR_SECONDS = 20
NICENESS = 5  # the event loop comes first

XML_NO_MEMORY = 2  # the code of lxml's exceptions, which are no MemoryError then
TOO_MUCH = "can't be read: it needs too much memory."


def main() -> None:
    """Look at one file, and say what was found."""
    os.nice(NICENESS)
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, PROCESSOR_SECONDS)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    with suppress(OSError), socket.socket(fileno=sys.stdin.fileno()) as server:
        server.setblocking(True)
        fields, data = receive(server)
        send(server, *answer(data, **fields))


def answer(data: bytes, *, megapixels: int, is_avatar: bool) -> tuple[dict[str, Any], bytes]:
    """Return what a file is, with its text or the pictures that are made of it; or a `problem`."""
    try:
        return _avatar(data, megapixels) if is_avatar else _file(data, megapixels)
    except Unreadable as error:
        return {"problem": str(error)}, b""
    except MemoryError:
        return {"problem": TOO_MUCH}, b""
    except Exception as error:  # any of some libraries that read what anybody sends
        is_too_much = getattr(error, "code", None) == XML_NO_MEMORY
        return {"problem": TOO_MUCH if is_too_much else DAMAGED}, b""


def _file(data: bytes, megapixels: int) -> tuple[dict[str, Any], bytes]:
    kind, media_type = type_of(data)
    found: dict[str, Any] = {"kind": kind, "media_type": media_type}
    if kind is not Kind.PICTURE:
        from app.files.texts import text_of

        text, is_cut = text_of(data, kind)
        pages = _pages(data, text) if kind is Kind.PDF else []
        found |= {"is_cut": is_cut, "pages": [len(page) for page in pages]}
        return found, b"".join([*pages, text.encode()])
    from app.files.pictures import made_from

    made = made_from(data, megapixels)
    sizes = {"size": made.size, "thumbnail_size": made.thumbnail_size}
    found |= {**sizes, "thumbnail_bytes": len(made.thumbnail)}
    return found, made.thumbnail + made.sent


def _pages(data: bytes, text: str) -> list[bytes]:
    from app.files.pages import pages_of

    return pages_of(data, text)


def _avatar(data: bytes, megapixels: int) -> tuple[dict[str, Any], bytes]:
    from app.files.pictures import avatar_from

    if type_of(data).kind is not Kind.PICTURE:
        raise Unreadable("is no picture (PNG, JPEG, GIF or WebP).")
    return {}, avatar_from(data, megapixels)


def _limit(what: int, amount: int) -> None:
    _, most = resource.getrlimit(what)
    amount = amount if most < 0 else min(amount, most)
    resource.setrlimit(what, (amount, amount))
