"""Renders the texts of an app: long ones in a process, in pieces, one piece at a time."""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict
from html import escape
from typing import NamedTuple, Protocol, cast

from flask import Flask, current_app

from app.errors import attempt
from app.markdown import render, render_typed
from app.rendering.growing_text import GrowingText
from app.rendering.process import NoReply, NotStarted, Unrenderable, WorkerProcess
from app.rendering.turns import Turns
from app.rendering.worker import Texts

logger = logging.getLogger(__name__)

USER = "user"  # a role
SHORT = 256  # characters: usually 0.2 ms, and the worst that we know of take 10 ms
MOST_WAITING = 64
MOST_FAILED = 256  # texts that are remembered
RETRY_SECONDS = 30.0  # after a try without a reply, when the machine is too busy; then twice that
LONGEST_RETRY_SECONDS = 3600.0


class Failure(NamedTuple):
    """A text that got no reply: the pause before it is tried again, and the end of that by the
    monotonic clock. Of one that can't be rendered the pause has no end."""

    pause: float
    until: float


NONE = Failure(RETRY_SECONDS / 2, 0.0)
FINAL = Failure(math.inf, math.inf)


class Worker(Protocol):
    """Renders one more piece of a text with each step; None until it is done."""

    def step(self, key: int, text: str, is_open: bool = False) -> str | None: ...


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

    def render(
        self, key: int, role: str, text: str, seconds: float, is_open: bool = False
    ) -> str | None:
        """Return the HTML of the text of the message with this key, which may still grow.

        What a user typed is shown as typed; what a model writes is Markdown. A text that is open
        has not come to its own end: it grows, or was stopped, and is shown without open marks.
        A text that can't be rendered is returned as text. None if it could not be rendered now: for
        `seconds` others were, or the machine is too busy, or it is long. The next call goes on from
        there; however long the machine is too busy, that says nothing about the text.
        """
        if role == USER:
            return render_typed(text)
        if len(text) <= SHORT:
            return _render_short(text, is_open)
        failure = self._failures.get(key, NONE)
        if failure is FINAL:
            return as_text(text)
        if time.monotonic() < failure.until:
            return None
        html, error = attempt(
            lambda: self._in_turns(key, text, is_open, time.monotonic() + seconds)
        )
        if error is None or isinstance(error, NotStarted):
            return html
        return self._after(error, key, text, failure)

    def _after(self, error: BaseException, key: int, text: str, before: Failure) -> str | None:
        """Remember a failure. Return what to show instead of the HTML, None if it is tried again:
        a text that takes too much processor time is not."""
        if isinstance(error, NoReply):
            pause = min(2 * before.pause, LONGEST_RETRY_SECONDS)
            self._remember(key, Failure(pause, time.monotonic() + pause))
            logger.warning("Message %d was not rendered in time; tried again in %g s.", key, pause)
            return None
        self._remember(key, FINAL)
        cause = None if isinstance(error, Unrenderable) else error
        logger.warning("Message %d can't be rendered, and is shown as text.", key, exc_info=cause)
        return as_text(text)

    def _remember(self, key: int, failure: Failure) -> None:
        self._failures.pop(key, None)
        self._failures[key] = failure
        if len(self._failures) > MOST_FAILED:
            self._failures.popitem(last=False)

    def _in_turns(self, key: int, text: str, is_open: bool, deadline: float) -> str | None:
        while self._turns.acquire(max(0.0, deadline - time.monotonic())):
            try:
                html = self.worker.step(key, text, is_open)
            finally:
                self._turns.release()
            if html is not None or time.monotonic() > deadline:
                return html
        return None


def current_renderer() -> Renderer:
    """Return the current app's renderer."""
    return cast(Renderer, current_app.extensions["renderer"])


def _render_short(text: str, is_open: bool) -> str:
    """Return the HTML of a short text; if it can't be rendered, as text."""
    html, error = attempt(lambda: GrowingText().step(text, True) if is_open else render(text))
    if html is not None:
        return html
    logger.error("A text can't be rendered, and is shown as text.", exc_info=error)
    return as_text(text)


def as_text(text: str) -> str:
    """Return a text, as it is, as HTML that is safe to show."""
    escaped = escape(text).replace("\r\n", "\n").replace("\r", "\n")
    return "<p>" + escaped.replace("\n", "<br>\n") + "</p>\n"
