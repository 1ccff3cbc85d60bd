"""Language models behind one small protocol, see base.py; each provider has its own module.

Nothing is contacted, and no model is loaded, before the first question.
"""

from app.providers.base import (
    AnsweredBy,
    Event,
    Note,
    Picture,
    Piece,
    ProviderError,
    Settings,
    Speaker,
    Stream,
    Text,
    Thinking,
    Turn,
    Usage,
    beginning_of,
)
from app.providers.registry import Models
from app.providers.turns import out_of_place

__all__ = [
    "AnsweredBy",
    "Event",
    "Models",
    "Note",
    "Picture",
    "Piece",
    "ProviderError",
    "Settings",
    "Speaker",
    "Stream",
    "Text",
    "Thinking",
    "Turn",
    "Usage",
    "beginning_of",
    "out_of_place",
]
