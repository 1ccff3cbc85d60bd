"""Where Redis is: one server, one that Sentinels know, or a cluster; and what is ours in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from app.config.variables import ConfigError, Env

PREFIX = re.compile(r"[A-Za-z0-9._:-]{1,64}")
REDIS_PORT, SENTINEL_PORT = 6379, 26379
OPTIONS = ("db", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs")
SENTINEL_OPTIONS = (*OPTIONS, "sentinel_username", "sentinel_password")
FORMS = (
    "REDIS_URL must be like `redis://host:6379/0`, `rediss://…`, `unix:///path`,"
    " `redis+sentinel://host:26379,host2/service/0` or `redis+cluster://host:6379,host2`."
)

Node = tuple[str, int]


class RedisKind(Enum):
    """What a client connects to first."""

    SERVER = auto()
    SENTINEL = auto()
    CLUSTER = auto()


@dataclass(frozen=True)
class RedisAddress:
    """What REDIS_URL says: the nodes, none for a socket in the file system; the service that the
    Sentinels know; and the options of redis-py's clients."""

    kind: RedisKind
    nodes: tuple[Node, ...]
    service: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    sentinel_options: Mapping[str, Any] = field(default_factory=dict)


class RedisSettings(NamedTuple):
    """What the names of our channels and keys begin with, None: derived from the database; and a
    file with the certificates of the authorities that Redis's own may be from."""

    prefix: str | None = None
    ca_file: str | None = None

    @classmethod
    def from_env(cls, env: Env) -> RedisSettings:
        """Return what `REDIS_PREFIX` and `REDIS_CA_FILE` say."""
        prefix, ca_file = env.get("REDIS_PREFIX") or None, env.get("REDIS_CA_FILE") or None
        if prefix and not PREFIX.fullmatch(prefix):
            raise ConfigError("REDIS_PREFIX must be 1 to 64 letters, digits and `._:-`.")
        if ca_file and not Path(ca_file).is_file():
            raise ConfigError("REDIS_CA_FILE must be a file with certificates.")
        return cls(prefix, ca_file)


def redis_url_from(env: Env) -> str | None:
    """Return REDIS_URL if it can be one. An error does not repeat it: it may hold a password."""
    url = env.get("REDIS_URL") or None
    if url:
        redis_address(url)
    return url


def redis_address(url: str) -> RedisAddress:
    """Return what a URL says; raises ConfigError with a sentence that does not repeat it."""
    try:
        parts = urlsplit(url)
        if parts.fragment or parts.scheme not in SCHEMES:
            raise ValueError
        return SCHEMES[parts.scheme](parts)
    except ValueError:
        raise ConfigError(FORMS) from None


def _server(parts: SplitResult) -> RedisAddress:
    (node, *more) = _nodes(parts, REDIS_PORT)
    if more:
        raise ValueError
    return RedisAddress(RedisKind.SERVER, (node,), options=_options(parts, parts.path[1:]))


def _socket(parts: SplitResult) -> RedisAddress:
    if not parts.path or parts.netloc.rpartition("@")[2]:
        raise ValueError
    options = {"unix_socket_path": unquote(parts.path), **_options(parts)}
    return RedisAddress(RedisKind.SERVER, (), options=options)


def _sentinel(parts: SplitResult) -> RedisAddress:
    service, _, database = parts.path[1:].partition("/")
    if not service:
        raise ValueError
    options = _options(parts, database, SENTINEL_OPTIONS)
    own = {name: options.pop(name) for name in SENTINEL_OPTIONS[len(OPTIONS) :] if name in options}
    tls = {name: value for name, value in options.items() if name.startswith("ssl")}
    sentinel_options = {name.removeprefix("sentinel_"): value for name, value in own.items()} | tls
    nodes = _nodes(parts, SENTINEL_PORT)
    return RedisAddress(RedisKind.SENTINEL, nodes, unquote(service), options, sentinel_options)


def _cluster(parts: SplitResult) -> RedisAddress:
    options = _options(parts)
    if parts.path.strip("/") or "db" in options:
        raise ValueError  # a cluster has one database
    return RedisAddress(RedisKind.CLUSTER, _nodes(parts, REDIS_PORT), options=options)


SCHEMES = {
    "redis": _server,
    "rediss": _server,
    "unix": _socket,
    "redis+sentinel": _sentinel,
    "rediss+sentinel": _sentinel,
    "redis+cluster": _cluster,
    "rediss+cluster": _cluster,
}


def _nodes(parts: SplitResult, default_port: int) -> tuple[Node, ...]:
    """Return the hosts and ports between commas."""
    hosts = parts.netloc.rpartition("@")[2].split(",")
    found = [urlsplit(f"//{host}") for host in hosts]
    return tuple((each.hostname or "localhost", each.port or default_port) for each in found)


def _options(
    parts: SplitResult, database: str = "", allowed: tuple[str, ...] = OPTIONS
) -> dict[str, Any]:
    """Return the options of a client: those in the query, and how it signs in."""
    options: dict[str, Any] = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    if not set(options) <= set(allowed):
        raise ValueError
    if number := options.pop("db", database):
        options["db"] = int(number)
    if parts.scheme.startswith("rediss"):
        options["ssl"] = True
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    signing_in = {"username": unquote(user), "password": unquote(password)}
    return {**options, **{name: value for name, value in signing_in.items() if value}}
