"""Renders the texts of an app: long ones in a process, in pieces, one piece at a time."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from html import escape
from typing import NamedTuple, Protocol, cast

from flask import Flask, current_app

from app.errors import attempt
from app.markdown import render
from app.rendering.process import NoReply, NotStarted, Unrenderable, WorkerProcess
from app.rendering.turns import Turns
from app.rendering.worker import Texts

logger = logging.getLogger(__name__)

SHORT = 256  # characters: usually 0.2 ms, and the worst that we know of take 10 ms
MOST_WAITING = 64
MOST_FAILED = 256  # texts that are remembered
MOST_TRIES = 5
RETRY_SECONDS = 30.0  # after a try without a reply, when the machine is too busy


class Failure(NamedTuple):
    """How often a text got no reply, and when it is tried again, by the monotonic clock."""

    tries: int
    retry_at: float


NONE = Failure(0, 0.0)


class Worker(Protocol):
    """Renders one more piece of a text with each step; None until it is done."""

    def step(self, key: int, text: str) -> str | None: ...


class Renderer:
    """One for each app. It renders in place until `start` is called."""

    def __init__(self, app: Flask) -> None:
        self.worker: Worker = Texts()
        self._turns = Turns(MOST_WAITING)
        self._failures: OrderedDict[int, Failure] = OrderedDict()  # by key
        app.extensions["renderer"] = self

    def start(self) -> None:
        """Render in a process from now on; it is started on first use."""
        self.worker = WorkerProcess()

    def stop(self) -> None:
        """End the process."""
        if isinstance(self.worker, WorkerProcess):
            self.worker.stop()

    def render(self, key: int, text: str, seconds: float) -> str | None:
        """Return the HTML of the text of the message with this key, which may still grow.

        A text that can't be rendered is returned as text. None if it could not be rendered now: for
        `seconds` others were, or the machine is too busy, or it is long. The next call goes on from
        there.
        """
        if is_short(text):
            return render_short(text)
        failure = self._failures.get(key, NONE)
        if failure.tries >= MOST_TRIES:
            return as_text(text)
        if time.monotonic() < failure.retry_at:
            return None
        html, error = attempt(lambda: self._in_turns(key, text, time.monotonic() + seconds))
        if error is None or isinstance(error, NotStarted):
            return html
        return self._after(error, key, text, failure)

    def _after(self, error: BaseException, key: int, text: str, before: Failure) -> str | None:
        """Remember a failure. Return what to show instead of the HTML, None if it is tried again:
        a text that takes too much processor time is not."""
        tries = before.tries + 1 if isinstance(error, NoReply) else MOST_TRIES
        self._failures.pop(key, None)
        self._failures[key] = Failure(tries, time.monotonic() + RETRY_SECONDS)
        if len(self._failures) > MOST_FAILED:
            self._failures.popitem(last=False)
        if tries < MOST_TRIES:
            return None
        cause = None if isinstance(error, Unrenderable | NoReply) else error
        logger.warning("Message %d can't be rendered, and is shown as text.", key, exc_info=cause)
        return as_text(text)

    def _in_turns(self, key: int, text: str, deadline: float) -> str | None:
        while self._turns.acquire(max(0.0, deadline - time.monotonic())):
            try:
                html = self.worker.step(key, text)
            finally:
                self._turns.release()
            if html is not None or time.monotonic() > deadline:
                return html
        return None


def current_renderer() -> Renderer:
    """Return the current app's renderer."""
    return cast(Renderer, current_app.extensions["renderer"])


def is_short(text: str) -> bool:
    """Return whether a text is rendered so quickly that this can be done right here."""
    return len(text) <= SHORT


def render_short(text: str) -> str:
    """Return the HTML of a short text; if it can't be rendered, as text."""
    html, error = attempt(lambda: render(text))
    if html is not None:
        return html
    logger.error("A text can't be rendered, and is shown as text.", exc_info=error)
    return as_text(text)


def as_text(text: str) -> str:
    """Return a text, as it is, as HTML that is safe to show."""
    escaped = escape(text).replace("\r\n", "\n").replace("\r", "\n")
    return "<p>" + escaped.replace("\n", "<br>\n") + "</p>\n"
