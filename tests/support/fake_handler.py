"""How the fake model answers one request, properly or with a fault; see fake_streams.py."""

from __future__ import annotations

import json
import select
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from tests.support.fake_streams import (
    BRIEF_TOKENS,
    CASES,
    EMPTY,
    ERRORS,
    STATUSES,
    Body,
    Choice,
    body,
    framed,
)

if TYPE_CHECKING:
    from tests.support.fake_model import FakeModel

APIS = {"/v1/chat/completions": "openai", "/v1/messages": "anthropic"}
DRIP_SECONDS = 0.05
FOR_EVER = 3600.0
ROLES_REFUSED = json.loads((CASES / "roles-400.json").read_bytes())


def refusal(fault: str, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return the error with which a server that has this fault refuses a request, if it does."""
    if fault == "strict" and "stream_options" in asked:
        return {"error": {"message": "stream_options: unknown field"}}
    if fault == "roles" and not alternate([message["role"] for message in asked["messages"]]):
        return dict(ROLES_REFUSED)
    if fault == "no-prefill" and asked["messages"][-1]["role"] == "assistant":
        sentence = "This model does not support assistant message prefill."
        return {"type": "error", "error": {"type": "invalid_request_error", "message": sentence}}
    if fault == "brief" and asked["max_tokens"] > BRIEF_TOKENS:
        too_many = f"max_tokens: {asked['max_tokens']} > {BRIEF_TOKENS}, which is the maximum"
        return {"type": "error", "error": {"type": "invalid_request_error", "message": too_many}}
    return None


def alternate(roles: list[str]) -> bool:
    """Return whether these are user, assistant, user, …, and a user's is the last."""
    return len(roles) % 2 == 1 and roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]


class Disconnected(Exception):
    """The client has closed the connection."""


class Handler(BaseHTTPRequestHandler):
    """One connection, one request."""

    protocol_version = "HTTP/1.1"
    server: FakeModel

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            request, _ = self.server.note(self.path, self._headers(), {"model": ""})
            request.answered.set()
            return self._whole(200, self.server.listed)
        self._whole(200, [request.as_json() for request in self.server.requests])

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request, item = self.server.note(self.path, self._headers(), asked)
        api = APIS.get(self.path, "openai")
        choice = Choice.parse(item, api)
        self.close_connection = True
        try:
            self._answer(choice, api, asked)
            request.answered.set()
        except (Disconnected, OSError):
            request.disconnected.set()

    def _headers(self) -> dict[str, str]:
        return {name.title(): value for name, value in self.headers.items()}

    def _answer(self, choice: Choice, api: str, asked: dict[str, Any]) -> None:
        if choice.name in STATUSES:
            return self._whole(int(choice.name), ERRORS[api], **self.server.error_headers)
        if choice.name == "redirect":
            return self._whole(307, {}, Location=f"{self.server.url}/elsewhere")
        if choice.name == "hang":
            self._rest(FOR_EVER)
        if choice.name == "drip-headers":
            self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x")
        if choice.name == "page":
            return self._whole(200, "<html>Welcome</html>")
        if refused := refusal(choice.name, asked):
            return self._whole(400, refused)
        self._stream(choice, api)

    def _send(self, answer: Body) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in answer.pieces:
            self._chunk(piece)
        self.wfile.write(b"0\r\n\r\n")

    def _stream(self, choice: Choice, api: str) -> None:
        if choice.name in self.server.bodies:
            return self._send(self.server.bodies[choice.name])
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in body(choice, api, self.server.streams[choice.recording]):
            self._chunk(event)
            self._rest(choice.seconds_apart)
        match choice.name:
            case "stall" | "late-stall":
                self._rest(FOR_EVER)
            case "drip":
                self._drip(b"", self._framed_chunk(b": still here\n\n"))
            case "drip-pieces":
                self._drip(b"", self._framed_chunk(framed(EMPTY[api], api)))
            case "cut" | "late-cut":
                self.wfile.write(b"ff\r\ndata: ")
            case _:
                self.wfile.write(b"0\r\n\r\n")

    def _drip(self, start: bytes, drop: bytes) -> None:
        self.wfile.write(start)
        while True:
            self.wfile.write(drop)
            self._rest(DRIP_SECONDS)

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(self._framed_chunk(data))

    @staticmethod
    def _framed_chunk(data: bytes) -> bytes:
        return b"%x\r\n%s\r\n" % (len(data), data)

    def _rest(self, seconds: float) -> None:
        """Wait, unless the client closes the connection meanwhile: it sends nothing else."""
        poll = select.poll()  # `select` takes no descriptor above 1,023
        poll.register(self.connection, select.POLLIN)
        if poll.poll(1000 * seconds) and not self.connection.recv(1):
            raise Disconnected

    def _whole(self, status: int, content: object, **headers: str) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(data))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Log nothing."""
