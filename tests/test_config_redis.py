"""The settings of Redis: what each address means, and what is refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import Config, ConfigError, RedisKind, RedisSettings, redis_address

KEY = {"SECRET_KEY": "0123456789abcdef0123456789abcdef"}


@pytest.mark.parametrize(
    ("url", "kind", "nodes", "service", "options"),
    [
        ("redis://", "SERVER", [("localhost", 6379)], "", {}),
        ("redis://:p%40ss@host:7000/3", "SERVER", [("host", 7000)], "",
         {"password": "p@ss", "db": 3}),
        ("rediss://user:word@[::1]", "SERVER", [("::1", 6379)], "",
         {"username": "user", "password": "word", "ssl": True}),
        ("rediss://host?ssl_cert_reqs=none&db=2", "SERVER", [("host", 6379)], "",
         {"ssl": True, "ssl_cert_reqs": "none", "db": 2}),
        ("unix:///run/redis%20.sock?db=1", "SERVER", [], "",
         {"unix_socket_path": "/run/redis .sock", "db": 1}),
        ("unix://user:word@/run/redis.sock", "SERVER", [], "",
         {"unix_socket_path": "/run/redis.sock", "username": "user", "password": "word"}),
        ("redis+sentinel://:word@one,two:26380/chat/2", "SENTINEL",
         [("one", 26379), ("two", 26380)], "chat", {"password": "word", "db": 2}),
        ("rediss+cluster://one:7000,two", "CLUSTER", [("one", 7000), ("two", 6379)], "",
         {"ssl": True}),
    ],
)  # fmt: skip
def test_an_address_names_nodes_and_how_to_sign_in(
    url: str, kind: str, nodes: list[tuple[str, int]], service: str, options: dict[str, object]
) -> None:
    address = redis_address(url)
    assert (address.kind, list(address.nodes)) == (RedisKind[kind], nodes)
    assert (address.service, address.options) == (service, options)


def test_sentinels_have_a_user_of_their_own() -> None:
    query = "sentinel_username=sam&sentinel_password=sesame"
    address = redis_address(f"rediss+sentinel://one/chat?{query}")
    assert address.sentinel_options == {"username": "sam", "password": "sesame", "ssl": True}
    assert address.options == {"ssl": True}


@pytest.mark.parametrize(
    "url",
    [
        "host:6379",
        "http://:sesame@host",
        "redis+unix:///run/redis.sock",
        "redis://one,two",
        "redis://host:port",
        "redis://host:99999",
        "redis://host/zero",
        "redis://host/0/1",
        "redis://host?socket_timeout=60",
        "redis://host?db",
        "redis://host#0",
        "redis://[::1",
        "unix://",
        "unix://host/path",
        "redis+sentinel://host",
        "redis+sentinel://host/chat/first",
        "redis+cluster://host/1",
        "redis+cluster://host?db=1",
    ],
)
def test_any_other_address_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^REDIS_URL must be like `.*\.$") as raised:
        Config.from_env({**KEY, "REDIS_URL": url})
    assert "sesame" not in str(raised.value)


def test_a_prefix_and_authorities_can_be_set(tmp_path: Path) -> None:
    (file := tmp_path / "ca.crt").touch()
    env = {**KEY, "REDIS_PREFIX": "chat:staging", "REDIS_CA_FILE": str(file)}
    assert Config.from_env(env).redis == RedisSettings("chat:staging", str(file))
    assert (
        Config.from_env({**KEY, "REDIS_PREFIX": "", "REDIS_CA_FILE": ""}).redis == RedisSettings()
    )
    for name, value in (("REDIS_PREFIX", "a b"), ("REDIS_PREFIX", "x" * 65)):
        with pytest.raises(ConfigError, match=f"^{name} must be"):
            Config.from_env({**KEY, name: value})
    with pytest.raises(ConfigError, match=r"^REDIS_CA_FILE must be a file"):
        Config.from_env({**KEY, "REDIS_CA_FILE": str(tmp_path / "none")})
