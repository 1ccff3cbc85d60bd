"""Renders the texts of an app: long ones in a process, in pieces, one piece at a time."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from html import escape
from typing import Protocol, cast

from flask import Flask, current_app

from app.markdown import render, render_typed
from app.rendering.process import NotStarted, Unrenderable, WorkerProcess
from app.rendering.turns import Turns
from app.rendering.worker import Texts

logger = logging.getLogger(__name__)

USER = "user"  # a role
SHORT = 256  # characters: usually 0.2 ms, and the worst that we know of take 10 ms
MOST_WAITING = 64
MOST_UNRENDERABLE = 256


class Worker(Protocol):
    """Renders one more piece of a text with each step; None until it is done."""

    def step(self, key: int, text: str) -> str | None: ...


class Renderer:
    """One for each app. It renders in place until `start` is called."""

    def __init__(self, app: Flask) -> None:
        self.worker: Worker = Texts()
        self._turns = Turns(MOST_WAITING)
        self._unrenderable: OrderedDict[int, None] = OrderedDict()
        app.extensions["renderer"] = self

    def start(self) -> None:
        """Render in a process from now on; it is started on first use."""
        self.worker = WorkerProcess()

    def stop(self) -> None:
        """End the process."""
        if isinstance(self.worker, WorkerProcess):
            self.worker.stop()

    def render(self, key: int, role: str, text: str, seconds: float) -> str | None:
        """Return the HTML of the text of the message with this key, which may still grow.

        What a user typed is shown as typed; what a model writes is Markdown.
        A text that can't be rendered is returned as text. None if it could not be rendered within
        `seconds` because of others, or because it is long: the next call goes on from there.
        """
        if role == USER:
            return render_typed(text)
        if len(text) <= SHORT:
            return _render_short(text)
        if key in self._unrenderable:
            return as_text(text)
        try:
            return self._in_turns(key, text, time.monotonic() + seconds)
        except NotStarted:
            return None
        except Unrenderable:
            logger.warning("Message %d can't be rendered, and is shown as text.", key)
        except Exception:
            logger.exception("Message %d can't be rendered, and is shown as text.", key)
        self._remember(key)
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

    def _remember(self, key: int) -> None:
        self._unrenderable[key] = None
        while len(self._unrenderable) > MOST_UNRENDERABLE:
            self._unrenderable.popitem(last=False)


def current_renderer() -> Renderer:
    """Return the current app's renderer."""
    return cast(Renderer, current_app.extensions["renderer"])


def _render_short(text: str) -> str:
    """Return the HTML of a short text; if it can't be rendered, as text."""
    try:
        return render(text)
    except Exception:
        logger.exception("A text can't be rendered, and is shown as text.")
        return as_text(text)


def as_text(text: str) -> str:
    """Return a text, as it is, as HTML that is safe to show."""
    escaped = escape(text).replace("\r\n", "\n").replace("\r", "\n")
    return "<p>" + escaped.replace("\n", "<br>\n") + "</p>\n"
