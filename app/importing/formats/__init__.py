"""The formats of other programs and our own: each module recognizes its conversations, and says
what is in them. They are written after what these programs export, and what their importers take;
docs/people.md has what is kept of each."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from app.importing.formats import chatgpt, claude, librechat, midstream, open_webui
from app.importing.parsed import Parsed
from app.importing.values import Unusable

MODULES: tuple[ModuleType, ...] = (midstream, chatgpt, claude, open_webui, librechat)
UNKNOWN = "It is in none of the formats that can be imported."


def parse(found: Any) -> tuple[str, Parsed]:
    """Return the name of a conversation's format, and the conversation; raises Unusable."""
    if isinstance(found, Mapping):
        for module in MODULES:
            if module.recognizes(found):
                return module.NAME, module.parse(found)
    raise Unusable(UNKNOWN)
