"""Spans of OpenTelemetry's traces: of pages and events, of answers, and of asking a model.

A span is None where there are no traces, or outside of an app; then these functions do nothing.
`app/trace_exporting.py` sends what has ended.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, cast

from flask import current_app

Span = Any  # OpenTelemetry's: its packages need not be installed
Attributes = Mapping[str, str | int | float | bool]

_current: ContextVar[Span | None] = ContextVar("span", default=None)


class Tracer(Protocol):
    """What makes spans; `carrier` are headers that may name a parent (W3C Trace Context)."""

    def begin(
        self,
        name: str,
        parent: Span | None,
        carrier: Mapping[str, str] | None,
        attributes: Attributes,
    ) -> Span:
        """Begin a span."""
        ...


def begin(
    name: str,
    parent: Span | None = None,
    carrier: Mapping[str, str] | None = None,
    **attributes: str | int | float | bool,
) -> Span | None:
    """Begin a span; `end` it."""
    tracer = cast(Tracer | None, current_app.extensions.get("tracer"))
    return tracer and tracer.begin(name, parent, carrier, attributes)


def carrier_of(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return what a request says about the trace that it is part of."""
    return {"traceparent": environ.get("HTTP_TRACEPARENT", "")}


def current() -> Span | None:
    """Return the span to which what is done now belongs."""
    return _current.get()


def enter(span: Span | None) -> None:
    """From now on, what this green thread or thread does belongs to a span."""
    _current.set(span)


@contextmanager
def spanning(name: str, carrier: Mapping[str, str] | None = None) -> Iterator[None]:
    """Wrap what a span is about, and what it starts."""
    span = begin(name, carrier=carrier)
    enter(span)
    try:
        yield
    finally:
        enter(None)
        end(span)


def note(span: Span | None, name: str, at: float | None = None, **attributes: int | float) -> None:
    """Add an event to a span: now, or at that time of the monotonic clock."""
    if span is not None:
        ago = 0.0 if at is None else time.monotonic() - at
        span.add_event(name, attributes, time.time_ns() - int(ago * 1e9))


def end(span: Span | None, **attributes: str | int | float | bool | None) -> None:
    """End a span, and say what is known of it by now."""
    if span is not None:
        known = {name: value for name, value in attributes.items() if value is not None}
        span.set_attributes(known)
        span.end()
