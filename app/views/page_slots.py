"""Pages are served a few at a time. Of a thousand that are asked for at once each would otherwise
have its turns beside the answers that stream, whose texts would wait for all of them.

What waits holds nothing: it has not looked yet who asks. Forms are not counted, because they may
come slowly, and neither is what has to answer whatever happens.
"""

from __future__ import annotations

import time
from threading import BoundedSemaphore, Lock

from flask import Flask, Response, g, request

from app.errors import Unavailable

PAGES_AT_ONCE = 20
WAIT_SECONDS = 30.0
AT_ONCE = {"health.healthz", "health.readyz", "metrics.show", "static"}


def register(app: Flask) -> None:
    """Let the pages of an app wait for each other, before anything else is done for them."""
    slots, refusing = BoundedSemaphore(PAGES_AT_ONCE), Lock()

    def take() -> None:
        if request.method not in ("GET", "HEAD") or request.endpoint in AT_ONCE:
            return
        if not slots.acquire(timeout=WAIT_SECONDS):
            with refusing:
                time.sleep(0)  # those that came together are not refused in one moment
            raise Unavailable()
        g.has_slot = True

    def give_back() -> None:
        if g.pop("has_slot", False):
            slots.release()

    @app.after_request
    def end(response: Response) -> Response:
        give_back()  # before it is sent: a file may be read slowly
        return response

    app.before_request(take)
    app.teardown_request(lambda _error: give_back())
