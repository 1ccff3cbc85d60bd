"""The server that sends mail: `SMTP_URL` and `MAIL_FROM`."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from app.config.variables import ConfigError, Env

MAIL_FROM = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")
SMTP_PORTS = {"smtp": 587, "smtps": 465}


class MailServer(NamedTuple):
    """The server that sends mail, and whom it is from; `tls` from the first byte, else STARTTLS."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None
    sender: str


def mail_server_from(env: Env) -> MailServer | None:
    """Return the server in SMTP_URL. An error does not repeat it: it may hold a password."""
    if not env.get("SMTP_URL"):
        return None
    try:
        url = urlsplit(env["SMTP_URL"])
        host, port = url.hostname, url.port
    except ValueError:
        host = None
    if not host or url.scheme not in SMTP_PORTS:
        raise ConfigError("SMTP_URL must be like `smtp://user:password@mail.example.org:587`.")
    for name in ("MAIL_FROM", "PUBLIC_URL"):
        if not env.get(name):
            raise ConfigError(f"{name} must be set where SMTP_URL is.")
    if not MAIL_FROM.fullmatch(env["MAIL_FROM"]):
        raise ConfigError("MAIL_FROM must be an address, like `midstream@example.org`.")
    user, password = (part and unquote(part) for part in (url.username, url.password))
    tls = url.scheme == "smtps"
    return MailServer(host, port or SMTP_PORTS[url.scheme], tls, user, password, env["MAIL_FROM"])
