"""From a reader's event to its acknowledgement: the one place where its errors are handled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import request
from flask_login import current_user

from app import tracing
from app.errors import DomainError, Unauthorized, Unavailable
from app.logs import context
from app.schemas import Payload, check

logger = logging.getLogger(__name__)

Ack = dict[str, Any]
N = TypeVar("N")
P = TypeVar("P", bound=Payload)


def handles(schema: type[P]) -> Callable[[Callable[[N, P], Ack | None]], Callable[..., Ack]]:
    """Turn a handler of checked payloads into a handler of raw events that always acknowledges,
    and refuses whoever is not signed in."""

    def decorate(handler: Callable[[N, P], Ack | None]) -> Callable[..., Ack]:
        @wraps(handler)
        def handle(namespace: N, data: Any = None, *_more: Any) -> Ack:
            return acknowledge(lambda: handler(namespace, _checked(schema, data)))

        return handle

    return decorate


def acknowledge(handle: Callable[[], Ack | None]) -> Ack:
    """Return the acknowledgement of a request: the result of `handle`, or why it was refused."""
    event = str(context.current().get("event", "event"))
    try:
        with tracing.spanning(event, tracing.carrier_of(request.environ)):
            return {"ok": True, **(handle() or {})}
    except DomainError as error:
        return refusal(error)
    except Exception:
        logger.exception("A reader's event failed.")
        return refusal(Unavailable())


def _checked(schema: type[P], data: Any) -> P:
    """Return the payload of a request by somebody who is signed in; Unauthorized by others."""
    if not current_user.is_authenticated:
        raise Unauthorized()
    payload = check(schema, data)
    context.add(user=current_user.id, **_ids_in(payload))
    return payload


def _ids_in(payload: Payload) -> dict[str, str]:
    """Return what a payload is about."""
    found = {"conversation": "conversation", "id": "message"}
    ids = {name: getattr(payload, field, None) for field, name in found.items()}
    return {name: value for name, value in ids.items() if value}


def refusal(error: DomainError) -> Ack:
    """Return the acknowledgement of a refused request."""
    ack: Ack = {"ok": False, "error": error.code, "message": error.sentence}
    if error.retry_after is not None:
        ack["retry_after"] = error.retry_after
    return ack
