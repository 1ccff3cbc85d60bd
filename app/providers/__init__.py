"""Language models behind one small protocol; base.py has it, one file a provider.

The SDKs of the models that are set up are imported at the start. Nothing is contacted, and no model
is loaded, before the first question.
"""

from app.providers.base import (
    Event,
    Piece,
    ProviderError,
    Stream,
    Text,
    Thinking,
    Turn,
    Usage,
)
from app.providers.registry import Models

__all__ = [
    "Event",
    "Models",
    "Piece",
    "ProviderError",
    "Stream",
    "Text",
    "Thinking",
    "Turn",
    "Usage",
]
