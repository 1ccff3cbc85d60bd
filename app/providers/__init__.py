"""Language models behind one small protocol, see base.py; each provider has its own module.

Nothing is contacted, and no model is loaded, before the first question.
"""

from app.providers.base import (
    Event,
    Note,
    Piece,
    ProviderError,
    Settings,
    Speaker,
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
    "Note",
    "Piece",
    "ProviderError",
    "Settings",
    "Speaker",
    "Stream",
    "Text",
    "Thinking",
    "Turn",
    "Usage",
]
