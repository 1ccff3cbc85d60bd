"""A response is read however its bytes are cut, and nothing that is not HTTP is taken for text."""

from __future__ import annotations

import pytest

from app.providers.http_response import HEAD_BYTES, ProtocolError, Response

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = {
    "chunks": CHUNKED + b"3\r\nHel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
    "a length": OK + b"Content-Length: 5\r\n\r\nHello",
    "trailers": CHUNKED + b"5\r\nHello\r\n0\r\nContent-Encoding: gzip\r\n\r\n",
    "100 Continue": b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n"
    + OK
    + b"Content-Length: 5\r\n\r\nHello",
    "what nobody has asked for": OK + b"Content-Length: 5\r\n\r\nHelloHTTP/1.1 what? and more",
}


def fed(data: bytes, step: int) -> tuple[Response, bytes]:
    """Feed a response in pieces of so many bytes; return it and its body."""
    response, body = Response(), b""
    for start in range(0, len(data), step):
        body += response.feed(data[start : start + step])
        response.check()
    return response, body


@pytest.mark.parametrize("step", [1, 2, 3, 7, 100_000])
@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_response_is_read(name: str, step: int) -> None:
    response, body = fed(WHOLE[name], step)
    assert (response.status, body, response.is_complete) == (200, b"Hello", True)
    assert b"content-encoding" not in response.headers
    response.end()


def test_without_a_length_it_lasts_until_the_end_of_the_connection() -> None:
    response, body = fed(OK + b"\r\nHello", 4)
    assert (body, response.is_complete) == (b"Hello", False)
    response.end()


@pytest.mark.parametrize(
    "data",
    [b"", OK, CHUNKED, CHUNKED + b"5\r\nHel", OK + b"Content-Length: 9\r\n\r\nHello"],
    ids=["nothing", "half a head", "no chunk", "half a chunk", "half a body"],
)
def test_a_response_that_is_cut_is_an_error(data: bytes) -> None:
    response, _ = fed(data, 5)
    with pytest.raises(ProtocolError):
        response.end()


@pytest.mark.parametrize("data", [b"SSH-2.0-x\r\n", b"<html>", b"HTTP/1.1 what OK\r\n\r\n"])
def test_what_is_not_http_is_an_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        fed(data, 100)


def test_text_before_an_error_is_kept() -> None:
    response = Response()
    assert response.feed(CHUNKED + b"5\r\nHello\r\nnonsense\r\n") == b"Hello"
    with pytest.raises(ProtocolError):
        response.check()


@pytest.mark.parametrize(
    "before", [OK, CHUNKED + b"5\r\nHello\r\n0\r\n"], ids=["headers", "trailers"]
)
def test_headers_and_trailers_have_a_limit(before: bytes) -> None:
    response = Response()
    response.feed(before)
    with pytest.raises(ProtocolError):
        for _ in range(HEAD_BYTES // 1000 + 1):
            response.feed(b"X: " + b"y" * 1000 + b"\r\n")
            response.check()


def test_a_body_has_none() -> None:
    response, body = Response(), 0
    response.feed(CHUNKED)
    for _ in range(HEAD_BYTES // 100):
        body += len(response.feed(b"c8\r\n" + b"x" * 200 + b"\r\n"))
        response.check()
    assert body == 2 * HEAD_BYTES
