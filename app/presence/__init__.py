"""Who is here, who follows the text and who types: in memory and in Redis, never stored."""

from app.presence.exchange import Exchange
from app.presence.presence import Presence, current_presence

__all__ = ["Exchange", "Presence", "current_presence"]
