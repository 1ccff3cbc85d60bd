"""One short question to a model, to see whether it answers."""

from __future__ import annotations

import time
from typing import NamedTuple

from app.providers.base import ProviderError, Turn, beginning_of
from app.providers.call import TimeLimits
from app.providers.registry import Models

LIMITS = TimeLimits(connect=5, read=20, total=25)
QUESTION = "Reply with the one word: ready"
SHOWN = 60  # characters of the answer


class Trial(NamedTuple):
    """How it went, in a sentence."""

    has_answered: bool
    sentence: str


def try_model(models: Models, name: str) -> Trial:
    """Ask a model, without its fallback and within half a minute."""
    began = time.monotonic()
    try:
        said = _said(models, name)
    except ProviderError as error:
        return Trial(False, f"The test failed. {error.sentence}")
    seconds = time.monotonic() - began
    if not said:
        return Trial(False, f"The model ended after {seconds:.1f} s without a text.")
    return Trial(True, f"The model answered within {seconds:.1f} s: “{said}”")


def _said(models: Models, name: str) -> str:
    """Return the beginning of what the model says, on one line."""
    said = beginning_of(models.trial(name, [Turn("user", QUESTION)], LIMITS), SHOWN)
    return " ".join(said.split())[:SHOWN]
