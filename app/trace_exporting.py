"""Sends the spans that have ended by OTLP over HTTP, beside the event loop.

It is imported where the settings name a collector: OpenTelemetry takes a second of the start.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping

from flask import Flask
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.background import offload, run_periodically, start_task
from app.extensions import socketio
from app.outages import Outage
from app.tracing import Attributes

logger = logging.getLogger(__name__)

EXPORT_SECONDS = 1.0
SPANS_AT_ONCE = 200
MOST_WAITING = 2000
FLUSH_SECONDS = 1.0
FLUSH_POLL_SECONDS = 0.02

PROPAGATOR = TraceContextTextMapPropagator()


def register(app: Flask, service: str) -> None:
    """Let an app have traces, under the name of a service."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # the outage says what is wrong
    app.extensions["tracer"] = Exporting(service)


class Exporting(SpanProcessor):
    """Makes spans, and keeps those that have ended until they are sent."""

    def __init__(self, service: str) -> None:
        self._ended: deque[ReadableSpan] = deque()
        self._is_exporting = False
        self._exporter = OTLPSpanExporter()
        self._outage = Outage("Sending traces", logger)
        resource = Resource.create({SERVICE_NAME: service})
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(self)
        self._tracer = provider.get_tracer("midstream")

    def begin(
        self,
        name: str,
        parent: trace.Span | None,
        carrier: Mapping[str, str] | None,
        attributes: Attributes,
    ) -> trace.Span:
        """Begin a span: of its parent, or of that which `carrier` names, or of none."""
        context = PROPAGATOR.extract(carrier) if carrier else None
        if parent is not None:
            context = trace.set_span_in_context(parent)
        return self._tracer.start_span(name, context, attributes=attributes)

    def on_end(self, span: ReadableSpan) -> None:
        """Keep a span that has ended, unless too many wait."""
        if len(self._ended) < MOST_WAITING and span.context and span.context.trace_flags.sampled:
            self._ended.append(span)

    def run(self) -> None:
        """The task that sends, for ever."""
        run_periodically(self.export, EXPORT_SECONDS, EXPORT_SECONDS)

    def export(self) -> None:
        """Send what has ended; what the collector does not take is lost."""
        self._is_exporting = True
        try:
            while self._ended:
                spans = [self._ended.popleft() for _ in range(min(SPANS_AT_ONCE, len(self._ended)))]
                if offload(self._exporter.export, spans) is SpanExportResult.SUCCESS:
                    self._outage.recovered()
                else:
                    return self._outage.failed("the collector does not take them")
        finally:
            self._is_exporting = False

    def flush(self) -> None:
        """Send what has ended, at the end of the process; wait for a moment at most."""
        start_task(self.export)
        deadline = time.monotonic() + FLUSH_SECONDS
        while (self._ended or self._is_exporting) and time.monotonic() < deadline:
            socketio.sleep(FLUSH_POLL_SECONDS)
