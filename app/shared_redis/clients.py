"""Clients of redis-py for each kind of address. None of them waits longer than it is told to, or
tries anything again for longer."""

from __future__ import annotations

from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import ConnectionError
from redis.retry import Retry
from redis.sentinel import Sentinel

from app.config import RedisAddress, RedisKind

# A connection that Redis has closed meanwhile is made anew, once; redis-py itself would try for
# seconds. What has taken too long is not tried again.
ONCE_MORE = Retry(NoBackoff(), 1, supported_errors=(ConnectionError,))


def client_of(address: RedisAddress, ca_file: str | None, seconds: float) -> Any:
    """Return a client for keys; of a cluster, one that knows which node has which."""
    if address.kind is not RedisKind.CLUSTER:
        return node_client(address, None, ca_file, seconds)
    nodes = [ClusterNode(*node) for node in address.nodes]  # type: ignore[no-untyped-call]
    return RedisCluster(startup_nodes=nodes, **_options(address, ca_file, seconds, ONCE_MORE))


def node_client(
    address: RedisAddress,
    node: tuple[str, int] | None,
    ca_file: str | None,
    seconds: float,
    retry: Retry | None = None,
) -> Any:
    """Return a client of one server: the one with the address, the one that the Sentinels name at
    that time, or a `node` of a cluster."""
    options = _options(address, ca_file, seconds, retry or ONCE_MORE)
    if address.kind is RedisKind.SENTINEL:
        own = {**address.sentinel_options, **_limits(seconds, ONCE_MORE), **_ca(address, ca_file)}
        sentinel = Sentinel(address.nodes, sentinel_kwargs=own, **options)  # type: ignore[no-untyped-call]
        return sentinel.master_for(address.service)  # type: ignore[no-untyped-call]
    if node is None and address.nodes:
        (node,) = address.nodes
    if node:
        options["host"], options["port"] = node
    return Redis(**options)


def _options(
    address: RedisAddress, ca_file: str | None, seconds: float, retry: Retry
) -> dict[str, Any]:
    return {**_ca(address, ca_file), **address.options, **_limits(seconds, retry)}


def _limits(seconds: float, retry: Retry) -> dict[str, Any]:
    return {"socket_timeout": seconds, "socket_connect_timeout": seconds, "retry": retry}


def _ca(address: RedisAddress, ca_file: str | None) -> dict[str, Any]:
    return {"ssl_ca_certs": ca_file} if ca_file and address.options.get("ssl") else {}
