"""What is known of a model, whether the settings name it or an administrator has added it."""

from __future__ import annotations

from typing import NamedTuple

from app.config import Price
from app.providers.retrying import Provider


class Model(NamedTuple):
    """One model.

    `context_window` is in tokens; `fallback` names another model, which answers where this one
    can't; `audience` are the keys of the people to whom it is offered, None for everybody; one that
    `sees` takes pictures.
    """

    label: str
    provider: Provider
    price: Price | None = None
    context_window: int | None = None
    fallback: str | None = None
    audience: frozenset[int] | None = None
    sees: bool = False

    @property
    def short_label(self) -> str:
        """Return the label without what is in brackets."""
        return short(self.label)

    def is_offered_to(self, user_id: int) -> bool:
        """Return whether this person may ask it."""
        return self.audience is None or user_id in self.audience


def short(label: str) -> str:
    """Return a label without what is in brackets: what kind of model it is."""
    return label.partition(" (")[0]
