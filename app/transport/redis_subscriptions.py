"""A connection with subscriptions that is not made anew behind our back."""

from __future__ import annotations

from typing import Any

from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import ConnectionError
from redis.retry import Retry


class AtOnce(Retry):
    """Fails at once, while redis-py would connect again: in two tasks, which lose a socket."""

    def call_with_retry(self, do: Any, fail: Any, *_: Any, **__: Any) -> Any:
        return do()


AT_ONCE = AtOnce(NoBackoff(), 0)


class Subscriptions(PubSub):
    """One connection's subscriptions: a lost one is replaced by `_listen` alone, which asks again
    for all rooms. redis-py would subscribe from within connecting, and connect from within that."""

    def on_connect(self, connection: Any) -> None:
        connection.disconnect()
        raise ConnectionError("The connection with its subscriptions is lost.")
