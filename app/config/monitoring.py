"""The settings of what an operator sees: the log, the metrics and the traces."""

from __future__ import annotations

from typing import NamedTuple

from app.config.variables import ConfigError, Env, choice, number

LOG_LEVELS = ("info", "warning", "error")
TOKEN_LENGTH = 16
MOST_PORT = 65535

SHORT_TOKEN = f"METRICS_TOKEN must have at least {TOKEN_LENGTH} characters."
ONE_OF_SEVERAL = (
    "METRICS_TOKEN shows the metrics of one process: with WORKERS above 1 use METRICS_PORT, which "
    "each worker counts up from."
)
NO_ROOM = "METRICS_PORT must leave a port for each worker, up to 65535."


class MonitoringSettings(NamedTuple):
    """How the log is written; where `/metrics` is: on a port of its own, or on the server's for
    whoever has the token; and whether there are traces."""

    log_format: str = "text"
    log_level: str = "info"
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None  # of the first worker; those of the others follow
    metrics_token: str | None = None
    traces: bool = False  # OpenTelemetry reads by itself where to
    service: str = "midstream"  # in the traces

    @classmethod
    def from_env(cls, env: Env, *, production: bool, workers: int) -> MonitoringSettings:
        """Return what `LOG_…`, `METRICS_…` and `OTEL_…` say."""
        formats = ("json", "text") if production else ("text", "json")
        return cls(
            choice(env, "LOG_FORMAT", formats),
            choice(env, "LOG_LEVEL", LOG_LEVELS),
            env.get("METRICS_HOST") or cls._field_defaults["metrics_host"],
            _metrics_port(env, workers),
            _metrics_token(env, workers),
            bool(env.get("OTEL_EXPORTER_OTLP_ENDPOINT")),
            env.get("OTEL_SERVICE_NAME") or cls._field_defaults["service"],
        )


DEFAULT_MONITORING = MonitoringSettings()


def _metrics_port(env: Env, workers: int) -> int | None:
    port = int(number(env, "METRICS_PORT", 0, least=0, most=MOST_PORT)) or None
    if port and port + workers - 1 > MOST_PORT:
        raise ConfigError(NO_ROOM)
    return port


def _metrics_token(env: Env, workers: int) -> str | None:
    """Return the token. An error does not repeat it."""
    token = env.get("METRICS_TOKEN") or None
    if token and len(token) < TOKEN_LENGTH:
        raise ConfigError(SHORT_TOKEN)
    if token and workers > 1:
        raise ConfigError(ONE_OF_SEVERAL)
    return token
