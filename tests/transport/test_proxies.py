"""The prefix that a trusted proxy says is checked before anything is built from it."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from app.transport.proxies import MAX_PREFIX_LENGTH, behind_proxies

LONGEST = "/" + "a" * (MAX_PREFIX_LENGTH - 1)
ACCEPTED = {
    "/chat": "/chat",
    "/chat/": "/chat",
    "/a/b.c/~d_e-f": "/a/b.c/~d_e-f",
    "/": "",
    "": "",
    LONGEST: LONGEST,
}
REFUSED = [
    "chat",
    "//evil.example",
    "/a//b",
    "/\\evil.example",
    "/../up",
    "/a/..",
    "/.",
    "/a?b",
    "/a#b",
    "/a%2fb",
    "/ä",
    "/<script>",
    "/a b",
    "/a;b",
    "https://evil.example",
    LONGEST + "a",
]


@Request.application
def application(request: Request) -> Response:
    return Response(request.script_root)


def client(hops: int = 1) -> Client:
    return Client(behind_proxies(application, hops))


def get(prefix: str, hops: int = 1, **headers: Any) -> Any:
    return client(hops).get("/", headers={"X-Forwarded-Prefix": prefix, **headers})


@pytest.mark.parametrize("prefix", ACCEPTED)
def test_a_plain_path_is_accepted(prefix: str) -> None:
    response = get(prefix)
    assert (response.status_code, response.text) == (200, ACCEPTED[prefix])


@pytest.mark.parametrize("prefix", REFUSED)
def test_anything_else_is_refused(prefix: str) -> None:
    assert get(prefix).status_code == 400


def test_only_what_the_outermost_trusted_proxy_has_added_counts() -> None:
    assert get("/forged, /chat").text == "/chat"
    assert get("/forged, /chat, /inner", hops=2).text == "/chat"


def test_without_the_header_there_is_no_prefix() -> None:
    assert client().get("/").text == ""
