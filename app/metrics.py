"""The counts of a process in Prometheus's format, with what there is only at this moment.

They are read when somebody asks, so that counting costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, cast

from flask import Flask, Response, current_app
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from app import counts
from app.counts import Buckets, Count, CountBy, Gauge, GaugeBy, Timings, TimingsBy
from app.extensions import db, socketio
from app.postgresql import reserved_engine
from app.replies import Runtime

PREFIX = "midstream_"


def register(app: Flask) -> None:
    """Let the gauges say what is so in this app, and make its metrics ready to be asked for."""
    runtime: Runtime = app.extensions["runtime"]
    counts.STREAMING.read = lambda: len(runtime.group_commit.answers)
    counts.COMMIT_WAITING.read = runtime.group_commit.waiting_seconds
    counts.HELD_BACK.read = lambda: runtime.group_commit.held_back.total
    counts.READERS.read = _readers
    counts.BACKLOG_BYTES.read = _backlog_bytes
    counts.DATABASE_CONNECTIONS.read = lambda: _connections(app)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(CountsCollector())
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    app.extensions["metrics"] = registry


def page() -> Response:
    """Return the metrics of this process as Prometheus reads them."""
    registry = cast(CollectorRegistry, current_app.extensions["metrics"])
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class CountsCollector(Collector):
    """All metrics of `app.counts`."""

    def collect(self) -> Iterator[Metric]:
        """Yield what each of them says now."""
        return map(_family, counts.ALL)


def _family(metric: counts.Metric) -> Metric:
    name, what = PREFIX + metric.name, metric.what
    match metric:
        case Count():
            return CounterMetricFamily(name, what, value=metric.value)
        case Gauge():
            return GaugeMetricFamily(name, what, value=metric.read())
        case CountBy():
            return _labelled(CounterMetricFamily(name, what, labels=[metric.label]), metric.values)
        case GaugeBy():
            return _labelled(GaugeMetricFamily(name, what, labels=[metric.label]), metric.read())
        case TimingsBy():
            return _histogram(name, what, metric.label, metric.values)
        case Timings():
            return HistogramMetricFamily(name, what, _cumulated(metric.buckets), metric.buckets.sum)
    raise TypeError(metric)


def _labelled(family: Any, values: Mapping[str, float]) -> Metric:
    for label, value in list(values.items()):  # another thread may add one
        family.add_metric([label], value)
    return cast(Metric, family)


def _histogram(name: str, what: str, label: str, values: Mapping[str, Buckets]) -> Metric:
    family = HistogramMetricFamily(name, what, labels=[label])
    for value, buckets in list(values.items()):
        family.add_metric([value], _cumulated(buckets), buckets.sum)
    return family


def _cumulated(buckets: Buckets) -> list[tuple[str, float]]:
    """Return how many durations were up to each bound, as Prometheus has it."""
    bounds = [*map(str, buckets.bounds), "+Inf"]
    return list(zip(bounds, accumulate(buckets.counts), strict=True))


def _readers() -> dict[str, float]:
    engine = socketio.server.eio
    websockets = len(engine.writers)
    return {"websocket": websockets, "polling": len(engine.sockets) - websockets}


def _backlog_bytes() -> float:
    writers = list(socketio.server.eio.writers.values())
    return float(sum(writer.waiting_bytes for writer in writers))


def _connections(app: Flask) -> dict[str, float]:
    with app.app_context():
        pool: Any = db.engine.pool
        reserved: Any = reserved_engine(db.engine).pool
    found = {"in_use": pool.checkedout(), "idle": pool.checkedin()}
    if reserved is pool:
        return found
    kept = {"reserved_in_use": reserved.checkedout(), "reserved_idle": reserved.checkedin()}
    return found | kept
