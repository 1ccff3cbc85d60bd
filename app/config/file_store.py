"""The settings of the store of files, where it is not the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from app.config.variables import ConfigError, Env

SCHEMES = {"s3": "https", "s3+http": "http"}
OPTIONS = {"region"}
NO_URL = (
    "FILES_URL must be like `s3://KEY:SECRET@s3.example.org/bucket?region=eu-1`, or `s3:///bucket`"
    " with the variables of AWS; `s3+http://` is without TLS. In KEY and SECRET write `/` as %2F,"
    " and `+` as %2B."
)


@dataclass(frozen=True)
class S3Settings:
    """A bucket, and before the names of its objects a `prefix`.

    Without an `endpoint` it is Amazon's. Without `region`, `key` and `secret` the variables of AWS
    say them, or the machine's role does.
    """

    bucket: str
    prefix: str = ""
    endpoint: str | None = None  # http://host:port
    region: str | None = None
    key: str | None = None
    secret: str | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Return where it is, without a secret."""
        host = self.endpoint.partition("//")[2] if self.endpoint else "Amazon S3"
        return f"{host}, bucket {self.bucket}"


def file_store_from(env: Env) -> S3Settings | None:
    """Return the settings; None for the database. An error does not repeat the address."""
    url = env.get("FILES_URL", "").strip()
    if not url or url == "database":
        return None
    try:
        parts = urlsplit(url)
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
        bucket, _, prefix = parts.path.strip("/").partition("/")
        endpoint = _endpoint(parts)
    except ValueError:
        raise ConfigError(NO_URL) from None
    is_whole = bool(parts.username) == bool(parts.password)
    if parts.scheme not in SCHEMES or not bucket or not is_whole or options.keys() - OPTIONS:
        raise ConfigError(NO_URL)
    return S3Settings(
        bucket,
        prefix,
        endpoint or env.get("AWS_ENDPOINT_URL") or None,
        next(iter(options.get("region", ())), None) or env.get("AWS_REGION") or None,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )


def _endpoint(parts: SplitResult) -> str | None:
    """Return the address of the server; None where the host is not named. Raises ValueError."""
    if not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return f"{SCHEMES.get(parts.scheme)}://{host}{port}"
