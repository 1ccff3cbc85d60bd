"""The forms in which administrators say which models there are."""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from app.config import DOLLARS, in_price
from app.encryption import encrypt
from app.models.model_provider import NAME_LENGTH as PROVIDER_LENGTH
from app.models.model_provider import URL_LENGTH, ModelProvider
from app.models.offered_model import DESCRIPTION_LENGTH, MODEL_LENGTH
from app.providers.http_provider import is_sendable
from app.providers.http_request import is_address
from app.schemas import Payload
from app.views.form_data import one_line

KEY_LENGTH = 500
PEOPLE_LENGTH = 10_000
LARGEST_WINDOW = 100_000_000  # tokens
PROVIDER = re.compile(r"[a-z][a-z0-9-]*")
RESERVED = ("anthropic", "demo", "local", "openai")  # with these the names in MODELS begin
PRICE = re.compile(DOLLARS, re.ASCII)


def _provider_name(text: str) -> str:
    if not PROVIDER.fullmatch(text):
        raise ValueError("write small letters, digits and hyphens, a letter first")
    if text in RESERVED:
        raise ValueError("models in the setting MODELS have names that begin so; choose another")
    return text


def _address(text: str) -> str | None:
    """Return a base URL; None for the one of the API."""
    url = text.strip().rstrip("/")
    if not url:
        return None
    if not is_address(url):
        raise ValueError("write an address that begins with http:// or https://")
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("write an address without a name, a password, ? and #")
    return url


def _key(text: str) -> str | None:
    key = text.strip()
    if not is_sendable(key):
        raise ValueError("a key consists of ASCII characters without spaces")
    return key or None


def _line_or_nothing(text: str) -> str:
    return one_line(text, most=DESCRIPTION_LENGTH) if text.strip() else ""


def _price(text: object) -> int | None:
    """Return dollars as `Price` counts them."""
    if not isinstance(text, str) or not text.strip():
        return None
    if not PRICE.fullmatch(text.strip()):
        raise ValueError("write dollars, like 1.25")
    return in_price(text)


def _blank(text: object) -> object:
    return None if text == "" else text


Url = Annotated[str, StringConstraints(max_length=URL_LENGTH), AfterValidator(_address)]
ApiKey = Annotated[str, StringConstraints(max_length=KEY_LENGTH), AfterValidator(_key)]
Dollars = Annotated[int | None, BeforeValidator(_price)]


class ProviderForm(Payload):
    """A provider's address, "" for the usual one; and a key, "" for the same as before."""

    base_url: Url = ""
    api_key: ApiKey = ""

    def fill(self, provider: ModelProvider) -> None:
        """Give a provider this address and this key, in the caller's transaction."""
        provider.move(self.base_url or None)
        if self.api_key:
            provider.set_key(self.api_key, encrypt)


class NewProvider(ProviderForm):
    """A provider to be added."""

    name: Annotated[
        str, StringConstraints(max_length=PROVIDER_LENGTH), AfterValidator(_provider_name)
    ]
    api: Literal["openai", "anthropic"]


class ModelRef(Payload):
    """One of a provider's models, by the provider's name for it."""

    model: Annotated[str, AfterValidator(partial(one_line, most=MODEL_LENGTH))]


class ModelForm(Payload):
    """What people see of a model, to whom it is offered, and what it costs."""

    label: Annotated[str, AfterValidator(one_line)]
    description: Annotated[str, AfterValidator(_line_or_nothing)] = ""
    context_window: Annotated[
        Annotated[int, Field(ge=256, le=LARGEST_WINDOW, strict=False)] | None,
        BeforeValidator(_blank),
    ] = None
    price_read: Dollars = None
    price_written: Dollars = None
    audience: Literal["everybody", "administrators", "named", "nobody"]
    people: Annotated[str, StringConstraints(max_length=PEOPLE_LENGTH)] = ""
    fallback: Annotated[str, StringConstraints(max_length=200)] = ""
    sees: Literal["on"] | None = None  # a box that is not checked is not sent
