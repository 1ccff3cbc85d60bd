"""Paths on this server as browsers see them: below the prefix that a proxy adds, if any."""

from __future__ import annotations

from urllib.parse import SplitResult, unquote, urlsplit

from flask import request


def requested_path() -> str:
    """Return the path that this request asks for, with its query."""
    return request.script_root + request.full_path.removesuffix("?")


def is_own_path(path: str) -> bool:
    """Return whether a path leads to this app, nowhere else on this server and to no other one."""
    is_below = path.startswith(f"{request.script_root}/") and not path.startswith(("//", "/\\"))
    if not is_below or not path.isprintable() or "\\" in path or urlsplit(path).netloc:
        return False
    return ".." not in unquote(urlsplit(path).path).split("/")


def address_parts(address: str) -> SplitResult | None:
    """Return the parts of an address that a header holds; None for one that is malformed."""
    try:
        parts = urlsplit(address)
        return parts if parts.port != 0 else None
    except ValueError:
        return None
