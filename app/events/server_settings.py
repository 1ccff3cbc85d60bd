"""What administrators have set for everybody, as each process knows it: it is on every page, and so
is read once, and again when a control event says that it has changed."""

from __future__ import annotations

import logging
from typing import NamedTuple, cast

from flask import current_app

from app.database import read
from app.errors import attempt
from app.events import emit
from app.events.payloads import banner_payload
from app.extensions import socketio
from app.models.retention import Retention
from app.models.server_banner import ServerBanner

logger = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
KNOWN = "server_settings"  # the app's extension


class Known(NamedTuple):
    """The banner, and after how many days conversations go."""

    banner: ServerBanner | None = None
    retention: Retention = Retention()


def known() -> Known:
    """Return what is set, as this process has read it last."""
    return cast(Known, current_app.extensions.get(KNOWN) or Known())


def current_banner() -> ServerBanner | None:
    """Return the banner that is shown now; None where there is none, or its time is over."""
    banner = known().banner
    return None if banner is None or banner.is_over else banner


def reload() -> None:
    """Read it again, and tell this process's readers of another banner."""
    before = known().banner
    current_app.extensions[KNOWN] = read(lambda: Known(ServerBanner.read(), Retention.read()))
    if known().banner != before:
        emit.banner(banner_payload(current_banner()))


def reload_soon() -> None:
    """Do the same, as soon as the database can be read."""
    while (failure := attempt(reload)[1]) is not None:
        logger.error("What is set could not be read, and will be again.", exc_info=failure)
        socketio.sleep(RETRY_SECONDS)
