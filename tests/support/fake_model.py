"""A model's server for the tests: `/v1/chat/completions` and `/v1/messages`, with every fault.

    python -m tests.support.fake_model --port N      # 0: any; its address is printed

A request's model says what is served, see fake_streams.py. `GET /requests` returns what was
requested, and whether the client has closed its connection.
"""

from __future__ import annotations

import argparse
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any

from tests.support.fake_handler import Handler
from tests.support.fake_streams import Body, recorded


@dataclass
class Request:
    """One request. `answered` is set when all is sent, `disconnected` when the client has left."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    answered: threading.Event = field(default_factory=threading.Event)
    disconnected: threading.Event = field(default_factory=threading.Event)

    def as_json(self) -> dict[str, Any]:
        """Return what `GET /requests` returns of it."""
        flags = {"answered": self.answered.is_set(), "disconnected": self.disconnected.is_set()}
        return {"path": self.path, "headers": self.headers, "body": self.body, **flags}


class FakeModel(ThreadingHTTPServer):
    """The server; a context manager that serves from a thread."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.streams = dict(recorded())
        self.bodies: dict[str, Body] = {}
        self.error_headers: dict[str, str] = {}
        self.listed: object = {"data": [{"id": "openai-text"}, {"id": "503"}]}
        self.requests: list[Request] = []
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> FakeModel:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def note(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[Request, str]:
        """Remember a request; return it, and the item of its model that answers it."""
        request, model = Request(path, headers, body), body["model"]
        with self._lock:
            self.requests.append(request)
            self._asked[model] += 1
            items = re.split("[,;]", model)
            return request, items[min(self._asked[model], len(items)) - 1]


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    with FakeModel(parser.parse_args().port) as server:
        print(server.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
