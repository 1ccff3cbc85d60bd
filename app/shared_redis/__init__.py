"""The Redis that all processes of a deployment share: it carries, and nobody waits for it.

Whatever asks it has a time limit, and something else to do while it does not answer.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any, cast

from flask import Flask, current_app
from redis.retry import Retry

from app.config import Config, RedisKind, RedisSettings, redis_address
from app.models.deployment import deployment_id
from app.shared_redis.clients import client_of, node_client
from app.shared_redis.health import Health

__all__ = ["Health", "SharedRedis", "current_redis"]

PREFIX = "midstream"
DEFAULTS = RedisSettings()


class SharedRedis:
    """One for each app. Its names begin with the deployment's prefix: other deployments may use the
    same Redis, and must not hear ours.

    `read_id` returns the id of the deployment; it is called once, in an app's context.
    """

    def __init__(
        self,
        url: str,
        settings: RedisSettings = DEFAULTS,
        read_id: Callable[[], str] = deployment_id,
    ) -> None:
        self._address = redis_address(url)
        self._ca_file = settings.ca_file
        self._prefix = settings.prefix
        self._read_id = read_id
        self._nodes = cycle(self._address.nodes)
        self._clients: dict[Any, Any] = {}
        self.health = Health()

    @property
    def prefix(self) -> str:
        """Return what the names of all our channels and keys begin with."""
        if self._prefix is None:
            self._prefix = f"{PREFIX}:{self._read_id()}"
        return self._prefix

    def client(self, seconds: float) -> Any:
        """Return a client for keys, each of whose commands takes at most so long.

        Raises RedisError for a cluster none of whose nodes can be asked what it consists of.
        """
        return self._once(seconds, lambda: client_of(self._address, self._ca_file, seconds))

    def channels_client(self, seconds: float, retry: Retry | None = None) -> Any:
        """Return a client for channels; of a cluster, one of its nodes, and each time the next one:
        what is published on one node comes to all."""
        node = next(self._nodes) if self._address.kind is RedisKind.CLUSTER else None
        return self._once(
            (seconds, node, retry),
            lambda: node_client(self._address, node, self._ca_file, seconds, retry),
        )

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._clients:
            self._clients[key] = make()
        return self._clients[key]


def shared_redis(app: Flask, config: Config) -> SharedRedis | None:
    """Return this app's, and remember it; None where there is no Redis."""
    redis = SharedRedis(config.redis_url, config.redis) if config.redis_url else None
    app.extensions["redis"] = redis
    return redis


def current_redis() -> SharedRedis | None:
    """Return the current app's; None where there is no Redis."""
    return cast("SharedRedis | None", current_app.extensions.get("redis"))
