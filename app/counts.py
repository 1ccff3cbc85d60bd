"""What this process has done since it began, as plain numbers, which `/metrics` reads.

They change in the path of every token, so they have no locks and know no library: with threads an
addition is one step for all others. `app/metrics.py` says them in Prometheus's format.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping

MOST_LABELS = 100
OTHER = "other"

SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LONG = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 60.0, 150.0, 300.0, 900.0)


ALL: list[Metric] = []


class Metric:
    """A name, as Prometheus has it after `midstream_`, and what it says."""

    def __init__(self, name: str, what: str) -> None:
        self.name = name
        self.what = what
        ALL.append(self)


class Count(Metric):
    """How often something has happened: `COMMITS.value += 1`."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(name, what)
        self.value = 0


class Gauge(Metric):
    """What `read` returns when it is asked for."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(name, what)
        self.read: Callable[[], float] = lambda: 0.0


class GaugeBy(Metric):
    """The same by one label with few values."""

    def __init__(self, name: str, what: str, label: str) -> None:
        super().__init__(name, what)
        self.label = label
        self.read: Callable[[], Mapping[str, float]] = lambda: {}


class CountBy(Metric):
    """How often something has happened, by one label with few values; the others are `other`."""

    def __init__(self, name: str, what: str, label: str, *values: str) -> None:
        super().__init__(name, what)
        self.label = label
        self.values = dict.fromkeys(values, 0)

    def add(self, value: str) -> None:
        """Count one."""
        values = self.values
        if value not in values and len(values) >= MOST_LABELS:
            value = OTHER
        values[value] = values.get(value, 0) + 1


class Buckets:
    """How many of some durations, in seconds, were up to each bound, and their sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def note(self, seconds: float) -> None:
        """Count a duration."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds


class Timings(Metric):
    """How long something takes."""

    def __init__(self, name: str, what: str, bounds: tuple[float, ...] = SHORT) -> None:
        super().__init__(name, what)
        self.buckets = Buckets(bounds)
        self.note = self.buckets.note


class TimingsBy(Metric):
    """The same by one label with few values; the others are `other`."""

    def __init__(self, name: str, what: str, label: str, bounds: tuple[float, ...]) -> None:
        super().__init__(name, what)
        self.label = label
        self.bounds = bounds
        self.values: dict[str, Buckets] = {}

    def note(self, value: str, seconds: float) -> None:
        """Count a duration."""
        if value not in self.values:
            value = value if len(self.values) < MOST_LABELS else OTHER
            self.values.setdefault(value, Buckets(self.bounds))
        self.values[value].note(seconds)


# Answers.
STREAMING = Gauge("answers_streaming", "Answers that this process receives now.")
ANSWERS = CountBy(
    "answers_total",
    "Answers of this process that have ended; `elsewhere`: another process has ended them.",
    "status",
    *("complete", "failed", "stopped", "interrupted", "elsewhere"),
)
FIRST_TOKEN = TimingsBy(
    "first_token_seconds", "From asking a model to its first text or thinking.", "model", LONG
)
PROVIDER_ERRORS = CountBy(
    "provider_errors_total", "Answers that have failed because of the model's provider.", "model"
)
LEASES_EXPIRED = Count(
    "leases_expired_total", "Answers that this process has interrupted: their own was gone."
)

# The group commit.
COMMITS = Count("commits_total", "Group commits that have stored something.")
COMMIT_FAILURES = Count("commit_failures_total", "Group commits that have failed.")
COMMIT_SECONDS = Timings("commit_seconds", "How long a group commit takes in the database.")
COMMIT_LATE_SECONDS = Timings("commit_late_seconds", "How late a group commit begins.")
COMMIT_WAITING = Gauge("commit_waiting_seconds", "How long the oldest text waits for its commit.")
HELD_BACK = Gauge("held_back_bytes", "Memory of the texts that wait for their commit.")
ENTRIES = Count("entries_total", "Entries of answers that were committed.")
ENTRY_BYTES = Count("entry_bytes_total", "Bytes of text, in UTF-8, in these entries.")
TOKEN_SECONDS = Timings(
    "token_to_emit_seconds", "From receiving a text of a model to emitting it to the readers."
)

# Readers.
READERS = GaugeBy("readers", "Connections of readers.", "transport")
EVENTS = Count("events_total", "Events that were sent to rooms of this process.")
DELIVERIES = Count("deliveries_total", "The same, once for each reader in the room.")
JOINS = CountBy(
    "joins_total",
    "Joins: `first` holds nothing, `resumed` has a cursor, `gap` is of a reader that follows "
    "already and has missed an event, `stranger` comes with a link.",
    "kind",
    *("first", "resumed", "gap", "stranger"),
)
JOIN_SECONDS = Timings("join_seconds", "How long a join takes.")
REJOINS = CountBy(
    "rejoins_total",
    "`asked`: how often the readers of a conversation were asked to join again. Why, where this "
    "process knows: `event_failed`, `control_event_failed`; else versions or rights have "
    "changed. `without_redis`: readers here were asked, as a reaction has changed while Redis is "
    "away.",
    "cause",
    *("asked", "event_failed", "control_event_failed", "without_redis"),
)
SLOW_READERS = Count(
    "slow_readers_dropped_total", "Connections that were cut: what waited was over the budget."
)
BACKLOG_BYTES = Gauge("backlog_bytes", "Bytes that wait to be written to WebSockets.")

# Requests.
REQUESTS = CountBy(
    "requests_total",
    "HTTP requests for pages, by the first digit of the status.",
    "status",
    *("2xx", "3xx", "4xx", "5xx"),
)
REQUEST_SECONDS = Timings("request_seconds", "How long a page takes.")
SIGN_INS_FAILED = Count("sign_ins_failed_total", "Attempts to sign in that were refused.")
RATE_LIMITED = CountBy("rate_limited_total", "Requests and events that were refused.", "limit")
FILES = CountBy(
    "files_total", "Files that were looked at.", "result", *("read", "refused", "ended")
)

# The process.
LOOP_LAG_SECONDS = Timings(
    "loop_lag_seconds", "How late a task wakes up that sleeps for a second: the loop is busy."
)
DATABASE_CONNECTIONS = GaugeBy(
    "database_connections",
    "Connections of the pool: `in_use`, `idle`; on PostgreSQL also those for commits and leases, "
    "`reserved_in_use`, `reserved_idle`.",
    "state",
)
REDIS_WAITING = Gauge("redis_waiting_bytes", "Bytes of events that wait to be sent to Redis.")
REDIS_DROPPED = Count(
    "redis_dropped_total", "Events that Redis did not take, or that were too many to wait for it."
)
LOG_LINES_WAITING = Gauge("log_lines_waiting", "Lines of the log that wait to be written.")
LOG_LINES_DROPPED = Count("log_lines_dropped_total", "Lines that were lost: nobody has read them.")
LOG_LINES_LEFT_OUT = Count("log_lines_left_out_total", "Lines that were left out of a flood.")
