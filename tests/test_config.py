"""Settings are read from the environment and validated."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.config import (
    RESERVED_CONNECTIONS,
    Config,
    ConfigError,
    DatabaseSettings,
    S3Settings,
    secret_keys,
)
from app.postgresql import connect_args

KEY = {"SECRET_KEY": "a key for tests"}
OLDER = "an older secret of thirty-two characters"


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The instance folder, which does not exist yet."""
    monkeypatch.setattr(secret_keys, "INSTANCE", tmp_path / "instance")
    return tmp_path / "instance"


def test_only_the_secret_key_is_required() -> None:
    assert Config.from_env(KEY) == Config("a key for tests", async_mode="eventlet")


def test_settings_are_read_from_the_environment() -> None:
    settings = Config.from_env(
        KEY
        | {
            "HOST": "::",
            "PORT": "0",
            "DATABASE_URL": "sqlite:////tmp/x",
            "REDIS_URL": "redis://localhost",
            "ASYNC_MODE": "threading",
            "MODELS": " demo , openai:gpt ,,",
            "TITLE_MODEL": " openai:small ",
            "PRICES": " openai:gpt=1.25/10, openai:a=b=0/0.0001 ,",
            "KEYS_SECRET": f"{OLDER}, {OLDER.upper()}",
            "MONTHLY_LIMIT": "20 dollars",
            "VISION_MODELS": "demo",
            "FILE_MEGABYTES": "5",
            "LEASE_SECONDS": "1.5",
            "BEAT_MS": "20",
        }
    )
    assert (settings.host, settings.port) == ("::", 0)
    assert (settings.database_url, settings.redis_url) == ("sqlite:////tmp/x", "redis://localhost")
    assert (settings.async_mode, settings.models) == ("threading", ("demo", "openai:gpt"))
    assert settings.title_model == "openai:small"
    assert settings.prices == {"openai:gpt": (12_500, 100_000), "openai:a=b": (0, 1)}
    assert settings.monthly_limit and settings.monthly_limit.dollars == 20
    assert (settings.vision_models, settings.files) == (("demo",), (5, 10, 50))
    assert settings.keys_secrets == (OLDER, OLDER.upper())
    assert (settings.lease_seconds, settings.commit_interval_seconds) == (1.5, 0.020)


MAIL = {"MAIL_FROM": "midstream@example.org", "PUBLIC_URL": "https://chat.example.org"}


@pytest.mark.parametrize(
    ("value", "registration", "domains"),
    [
        ("", "closed", ()),
        ("invitation", "invitation", ()),
        ("open", "open", ()),
        (" example.org, Sub.Example.com ", "domains", ("example.org", "sub.example.com")),
    ],
)
def test_registration_says_who_may_make_an_account(
    value: str, registration: str, domains: tuple[str, ...]
) -> None:
    settings = Config.from_env(KEY | MAIL | {"REGISTRATION": value, "SMTP_URL": "smtp://mail"})
    assert (settings.registration, settings.domains) == (registration, domains)


@pytest.mark.parametrize("value", ["public", "example.org,", "@example.org", "a b.org", "x.org,y"])
def test_an_unknown_registration_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match="REGISTRATION"):
        Config.from_env(KEY | {"REGISTRATION": value})


def test_registration_by_domains_needs_mail() -> None:
    with pytest.raises(ConfigError, match="SMTP_URL"):
        Config.from_env(KEY | {"REGISTRATION": "example.org"})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 587, False, None, None)),
        ("smtps://n:p%40ss%3A@mail:2465", ("mail", 2465, True, "n", "p@ss:")),
        ("smtps://[::1]", ("::1", 465, True, None, None)),
    ],
)
def test_the_mail_server_is_an_address(url: str, expected: tuple[object, ...]) -> None:
    found = Config.from_env(KEY | MAIL | {"SMTP_URL": url}).mail
    assert found == (*expected, "midstream@example.org")


@pytest.mark.parametrize("url", ["mail", "http://mail", "smtp://", "smtp://mail:x", "smtp://[x"])
def test_an_address_of_no_mail_server_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="SMTP_URL must be like") as refused:
        Config.from_env(KEY | MAIL | {"SMTP_URL": url.replace("://", "://n:secret@")})
    assert ":secret@" not in str(refused.value)


@pytest.mark.parametrize("name", ["MAIL_FROM", "PUBLIC_URL"])
def test_mail_needs_to_know_whom_it_is_from_and_where_links_lead(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Config.from_env(KEY | MAIL | {"SMTP_URL": "smtp://mail", name: ""})


@pytest.mark.parametrize(
    "url",
    ["https://chat.example.org/", "http://10.0.0.1:8000", "https://h/chat", "http://[::1]:5000"],
)
def test_the_public_address_has_no_slash_at_its_end(url: str) -> None:
    assert Config.from_env(KEY | {"PUBLIC_URL": url}).address == url.rstrip("/")
    assert Config("a key", host="h", port=1).address == "http://h:1"


@pytest.mark.parametrize(
    "url", ["chat.example.org", "ftp://h", "https://h?q", "https://h#x", "https://a b"]
)
def test_another_public_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="PUBLIC_URL"):
        Config.from_env(KEY | {"PUBLIC_URL": url})


def test_mail_is_from_one_address() -> None:
    for sender in ("midstream", "a@b, c@d", "A <a@b>"):
        with pytest.raises(ConfigError, match="MAIL_FROM"):
            Config.from_env(KEY | MAIL | {"SMTP_URL": "smtp://mail", "MAIL_FROM": sender})


@pytest.mark.parametrize("name", ["PORT", "DATABASE_URL", "REDIS_URL", "ASYNC_MODE", "MODELS"])
def test_an_empty_setting_has_its_default(name: str) -> None:
    assert Config.from_env({**KEY, name: ""}) == Config.from_env(KEY)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MIDSTREAM_ENV", "staging"),
        ("ASYNC_MODE", "gevent"),
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("DATABASE_URL", "a file"),
        ("DATABASE_URL", "oracel://host/name"),
        ("LEASE_SECONDS", "0"),
        ("LEASE_SECONDS", "nan"),
        ("LEASE_SECONDS", "inf"),
        ("BEAT_MS", "-1"),
        ("BEAT_MS", "1e9"),
        ("PROVIDER_READ_SECONDS", "soon"),
        ("SILENCE_SECONDS", "1e300"),  # more than a socket's timeout can be
        ("BACKLOG_BYTES", "0"),
        ("BACKLOG_BYTES", "1.5"),
        ("PORT", "80.5"),
        ("PORT", "9" * 5000),
        ("TRUSTED_PROXIES", "0.9"),
        ("MAX_CONNECTIONS_PER_USER", "1e3"),
        ("DATABASE_URL", "postgresql+psycopg://host:port/name"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "postgresql+asyncpg://host/name"),
        ("DATABASE_URL", "postgres://me:sesame@host/name?no_such_option=1"),
        ("DATABASE_POOL_SIZE", "0"),
        ("DATABASE_POOL_OVERFLOW", "-1"),
        ("DATABASE_CONNECT_SECONDS", "1"),
        ("DATABASE_PATIENCE_SECONDS", "forever"),
        ("DATABASE_HELD_MEGABYTES", "0"),
        ("REDIS_URL", "redis://host:port"),
        ("REDIS_URL", "redis://host?socket_timeout=soon"),
        ("LIMIT_SEND", "many"),
        ("KEYS_SECRET", "short"),
        ("KEYS_SECRET", f"{OLDER},short"),
        ("MONTHLY_LIMIT", "much"),
        ("FILE_MEGABYTES", "101"),
        ("FILES_PER_MESSAGE", "-1"),
        ("FILE_MEGAPIXELS", "1.5"),
        ("PRICES", "openai:gpt"),
        ("PRICES", "openai:gpt=1"),
        ("PRICES", "=1/2"),
        ("PRICES", "openai:gpt=1/two"),
        ("PRICES", "openai:gpt=-1/2"),
        ("PRICES", "openai:gpt=1/99999"),
    ],
)
def test_an_invalid_setting_is_an_error_that_names_it(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name} must be .*\.$") as raised:
        Config.from_env({**KEY, name: value})
    assert "sesame" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://me:pass%40word@host:5433/name",
        "postgresql://me:pass%40word@host:5433/name",
        "postgresql+psycopg2://me:pass%40word@host:5433/name",
        " postgresql+psycopg://me:pass%40word@host:5433/name\n",
    ],
)
def test_a_postgresql_may_be_named_in_every_usual_way(url: str) -> None:
    found = Config.from_env({**KEY, "DATABASE_URL": url}).database_url
    assert found == "postgresql+psycopg://me:pass%40word@host:5433/name"


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("postgres:///name?host=/run/postgresql", {"host": "/run/postgresql", "dbname": "name"}),
        ("postgres://me@[::1]:5433/name", {"host": "::1", "port": 5433, "user": "me"}),
        ("postgres://host/name?sslmode=require", {"host": "host", "sslmode": "require"}),
    ],
)
def test_a_postgresql_may_be_at_a_socket_or_an_ipv6_address(
    url: str, options: dict[str, object]
) -> None:
    found = make_url(Config.from_env({**KEY, "DATABASE_URL": url}).database_url)
    _, used = found.get_dialect()().create_connect_args(found)
    assert used | options == used


def test_what_the_address_says_of_a_connection_comes_first() -> None:
    url = "postgresql+psycopg://host/name?connect_timeout=9"
    found = connect_args(url, DatabaseSettings(connect_seconds=3))
    assert "connect_timeout" not in found
    assert (
        connect_args("postgresql+psycopg://host/name", DatabaseSettings())["connect_timeout"] == 5
    )


def test_the_settings_of_the_database_are_read() -> None:
    env = {
        "DATABASE_POOL_SIZE": "3",
        "DATABASE_POOL_OVERFLOW": "0",
        "DATABASE_POOL_SECONDS": "1.5",
        "DATABASE_CONNECT_SECONDS": "2",
        "DATABASE_LOCK_SECONDS": "0",
        "DATABASE_COMMIT_LOCK_SECONDS": "0.5",
        "DATABASE_STATEMENT_SECONDS": "60",
        "DATABASE_PATIENCE_SECONDS": "120",
        "DATABASE_HELD_MEGABYTES": "50",
    }
    found = Config.from_env({**KEY, **env}).database
    assert found == DatabaseSettings(3, 0, 1.5, 2, 0.0, 0.5, 60.0, 120.0, 50)
    assert found.most_connections == 3 + RESERVED_CONNECTIONS


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_an_error_does_not_repeat_the_password_of_an_address(name: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Config.from_env({**KEY, name: "reddis://:sesame@127.0.0.1/0"})
    assert name in str(raised.value) and "sesame" not in str(raised.value)


def test_production_requires_a_secret_key(instance: Path) -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY"):
        Config.from_env({"MIDSTREAM_ENV": "production"})
    assert not instance.exists()
    assert Config.from_env({"MIDSTREAM_ENV": "production", "SECRET_KEY": "k" * 32}).production


def test_a_short_key_is_refused_in_production() -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY must have at least 32 characters"):
        Config.from_env({"MIDSTREAM_ENV": "production", "SECRET_KEY": "k" * 31})
    assert Config.from_env({"SECRET_KEY": "k" * 31}).secret_key == "k" * 31


def test_development_creates_a_secret_key_and_keeps_it(instance: Path) -> None:
    first = Config.from_env({})
    assert len(first.secret_key) == 64
    assert Config.from_env({}) == first
    assert stat.S_IMODE((instance / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(instance.stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", ["empty", "a folder", "not text"])
def test_a_stored_key_that_can_not_be_used_is_an_error(instance: Path, kind: str) -> None:
    instance.mkdir()
    path = instance / "secret_key"
    if kind == "a folder":
        path.mkdir()
    else:
        path.write_bytes(b"" if kind == "empty" else b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"^SECRET_KEY must be set, as instance/secret_key .*\.$"):
        Config.from_env({})


def test_where_no_key_can_be_stored_one_must_be_set(instance: Path) -> None:
    instance.touch()
    with pytest.raises(ConfigError, match=r"^SECRET_KEY must be set"):
        Config.from_env({})
    assert Config.from_env(KEY)


def test_an_error_shows_only_the_beginning_of_a_value() -> None:
    with pytest.raises(ConfigError) as raised:
        Config.from_env({**KEY, "PORT": "http" * 1000})
    assert len(str(raised.value)) < 120


def test_two_installations_have_different_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = set()
    for name in ("one", "other"):
        monkeypatch.setattr(secret_keys, "INSTANCE", tmp_path / name)
        keys.add(Config.from_env({}).secret_key)
    assert len(keys) == 2


def test_several_workers_need_redis() -> None:
    env = {"SECRET_KEY": "a key", "WORKERS": "3"}
    with pytest.raises(ConfigError, match="WORKERS above 1 needs REDIS_URL"):
        Config.from_env(env)
    assert Config.from_env({**env, "REDIS_URL": "redis://localhost"}).workers == 3
    assert Config.from_env({**env, "WORKERS": "1"}).workers == 1


OPENID = {"OIDC_ISSUER": "https://accounts.example.org", "OIDC_CLIENT_ID": "midstream"}


def test_a_provider_of_openid_connect_is_read() -> None:
    found = Config.from_env(KEY | OPENID).openid
    assert found == ("https://accounts.example.org", "midstream", None, "accounts.example.org")
    more = {"OIDC_CLIENT_SECRET": "secret", "OIDC_NAME": " Example "}
    found = Config.from_env(KEY | OPENID | more).openid
    assert found and (found.secret, found.name) == ("secret", "Example")
    assert Config.from_env(KEY | OPENID | {"OIDC_ISSUER": ""}).openid is None


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"OIDC_ISSUER": "accounts.example.org"}, "OIDC_ISSUER must be like"),
        ({"OIDC_ISSUER": "https://" + "a" * 500}, "OIDC_ISSUER must be like"),
        ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID must be set"),
        ({"OIDC_NAME": "x" * 41}, "OIDC_NAME must be one line"),
        ({"OIDC_NAME": "a\nb"}, "OIDC_NAME must be one line"),
        (
            {
                "OIDC_ISSUER": "http://accounts.example.org",
                "MIDSTREAM_ENV": "production",
                "SECRET_KEY": "a key for tests, long enough for production",
            },
            "must begin with `https://`",
        ),
    ],
)
def test_a_provider_of_openid_connect_that_can_not_be_is_refused(
    settings: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        Config.from_env(KEY | OPENID | settings)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "s3://a:b%2Fc%2B@s3.example.org/files",
            S3Settings("files", "", "https://s3.example.org", None, "a", "b/c+"),
        ),
        (
            "s3+http://a:b-c@[::1]:9000/f/x/y/",
            S3Settings("f", "x/y", "http://[::1]:9000", None, "a", "b-c"),
        ),
        ("s3:///files?region=eu-1", S3Settings("files", "", None, "eu-1")),
    ],
)
def test_the_store_of_files_is_an_address(url: str, expected: S3Settings) -> None:
    store = Config.from_env(KEY | {"FILES_URL": url}).file_store
    assert store == expected
    assert not store.secret or (store.secret not in repr(store) and store.secret not in store.place)


def test_the_variables_of_aws_say_what_the_address_does_not() -> None:
    here = {"AWS_REGION": "eu-2", "AWS_ENDPOINT_URL": "https://s3.example.org"}
    store = Config.from_env(KEY | here | {"FILES_URL": "s3:///files"}).file_store
    assert store
    assert (store.region, store.endpoint) == ("eu-2", "https://s3.example.org")
    assert Config.from_env(KEY | here).file_store is None
    assert Config.from_env(KEY | {"FILES_URL": "database"}).file_store is None


@pytest.mark.parametrize(
    "url",
    [
        *("https://a:b@s3.example.org/files", "s3://a:b@s3.example.org", "s3://a@s3.example.org/f"),
        *("s3://:b@s3.example.org/f", "s3://a:b@s3.example.org/f?x=y", "s3://a:b@h:x/f", "files"),
        "s3://a:b@[::1/f",
    ],
)
def test_an_address_of_no_store_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="FILES_URL") as error:
        Config.from_env(KEY | {"FILES_URL": url})
    assert url not in str(error.value)


SEVERAL = {"WORKERS": "3", "REDIS_URL": "redis://localhost"}


def test_the_log_is_json_in_production() -> None:
    production = {"MIDSTREAM_ENV": "production", "SECRET_KEY": "x" * 32}
    assert Config.from_env(KEY).monitoring.log_format == "text"
    assert Config.from_env(production).monitoring.log_format == "json"
    assert Config.from_env(production | {"LOG_FORMAT": "text"}).monitoring.log_format == "text"


def test_metrics_are_for_this_machine_unless_said_otherwise() -> None:
    assert Config.from_env(KEY).monitoring.metrics_port is None
    found = Config.from_env(KEY | SEVERAL | {"METRICS_PORT": "9100"}).monitoring
    assert (found.metrics_host, found.metrics_port, found.metrics_token) == (
        "127.0.0.1",
        9100,
        None,
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be one of text, json"),
        ({"LOG_LEVEL": "debug"}, "LOG_LEVEL must be one of info"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN must have at least 16 characters"),
        (SEVERAL | {"METRICS_TOKEN": "x" * 16}, "with WORKERS above 1 use METRICS_PORT"),
        (SEVERAL | {"METRICS_PORT": "65534"}, "METRICS_PORT must leave a port for each worker"),
    ],
)
def test_monitoring_that_can_not_be_is_refused(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        Config.from_env(KEY | settings)
