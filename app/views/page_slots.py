"""Pages are served a few at a time. Of a thousand that are asked for at once each would otherwise
have its turns beside the answers that stream, whose texts would wait for all of them.

What waits holds nothing: it has not looked yet who asks. Forms are not counted, because they may
come slowly, and neither is what has to answer whatever happens. A page that is about to wait for
something else, such as a search or another server, lets the next one in before.
"""

from __future__ import annotations

import time
from threading import BoundedSemaphore, Lock

from flask import Flask, Response, current_app, g, request

from app.errors import Unavailable

PAGES_AT_ONCE = 20
WAIT_SECONDS = 30.0
AT_ONCE = {"health.healthz", "health.readyz", "metrics.show", "static"}


def register(app: Flask) -> None:
    """Let the pages of an app wait for each other, before anything else is done for them."""
    slots, refusing = BoundedSemaphore(PAGES_AT_ONCE), Lock()
    app.extensions["page_slots"] = slots

    def take() -> None:
        if request.method not in ("GET", "HEAD") or request.endpoint in AT_ONCE:
            return
        if not slots.acquire(timeout=WAIT_SECONDS):
            with refusing:
                time.sleep(0)  # those that came together are not refused in one moment
            raise Unavailable()
        g.has_slot = True

    @app.after_request
    def end(response: Response) -> Response:
        let_others_in()  # before it is sent: a file may be read slowly
        return response

    app.before_request(take)
    app.teardown_request(lambda _error: let_others_in())


def let_others_in() -> None:
    """Give this page's slot back: from here on it waits for something else, which has a limit of
    its own, or it has ended."""
    if g.pop("has_slot", False):
        current_app.extensions["page_slots"].release()
