"""Models that administrators have added, made of what the database has about them."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from app.models.model_provider import Api
from app.models.offered_model import Offer
from app.providers.anthropic import AnthropicProvider
from app.providers.base import Event, PermanentError, Turn
from app.providers.call import Call
from app.providers.http_provider import HttpProvider
from app.providers.model import Model
from app.providers.openai import OpenAIProvider

APIS: dict[str, type[HttpProvider]] = {Api.OPENAI: OpenAIProvider, Api.ANTHROPIC: AnthropicProvider}
NO_KEY = "The key for this model can't be read any more. An administrator has to enter it again."


class UnreadableKey:
    """Stands for a model whose key was encrypted with a secret that is gone."""

    def answer(self, turns: Sequence[Turn], call: Call) -> Generator[Event]:
        """Raise PermanentError."""
        yield from ()
        raise PermanentError(NO_KEY)

    def close(self) -> None:
        """Do nothing: nothing was started."""


def stored_model(offer: Offer, key: str | None) -> Model:
    """Return a model that is asked with this key; None where it has none, or can't be read."""
    description = f" ({offer.description})" if offer.description else ""
    is_readable = key is not None or offer.stored_key is None
    return Model(
        offer.label + description,
        provider_of(offer.api, offer.model, offer.base_url, key)
        if is_readable
        else UnreadableKey(),
        offer.price,
        offer.context_window,
        offer.fallback,
        offer.audience,
        offer.sees,
    )


def provider_of(api: str, model: str, base_url: str | None, key: str | None) -> HttpProvider:
    """Return what asks a model. No key of the environment is used: that is for another server."""
    kind = APIS[api]
    return kind(model, base_url=base_url or kind.default_base_url, api_key=key)
