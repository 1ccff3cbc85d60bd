"""Which models a provider says that it has: `GET …/models`, as both APIs serve it."""

from __future__ import annotations

import json

from app.background import offload
from app.providers.answer_reader import items, mapping
from app.providers.base import PermanentError
from app.providers.call import Call, TimeLimits
from app.providers.errors import FAILURES, explain
from app.providers.http_provider import HttpProvider
from app.providers.http_request import get
from app.text import single_line

LIMITS = TimeLimits(connect=5, read=10, total=15)
MOST_BYTES = 5_000_000  # OpenRouter's list of some 400 models has half a megabyte
NAME_LENGTH = 150
NO_LIST = "The provider's list of models can't be read."
TOO_LARGE = "The provider's list of models is too large."


def list_models(provider: HttpProvider) -> list[str]:
    """Return the names of the provider's models, sorted; at most as many as a list may have items.

    Raises ProviderError, whose sentence is fit to show.
    """
    call = Call(LIMITS)
    try:
        with get(*provider.models_address, provider.headers(), call) as body:
            data = b""
            while (more := body.read()) and len(data) <= MOST_BYTES:
                data += more
        if len(data) > MOST_BYTES:
            raise PermanentError(TOO_LARGE)
        return offload(_names_in, data)
    except FAILURES as error:
        raise explain(error) from None


def _names_in(data: bytes) -> list[str]:
    """Return the names in a list, whatever else is in it. Runs beside the event loop."""
    decoded = json.loads(data)
    models = decoded if isinstance(decoded, list) else mapping(decoded).get("data")
    if not isinstance(models, list):
        raise PermanentError(NO_LIST)
    ids = (mapping(model).get("id") for model in items(models))
    names = (single_line(each, NAME_LENGTH) for each in ids if isinstance(each, str))
    return sorted({name for name in names if name})
