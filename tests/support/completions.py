"""Chat completions of which a test decides every piece."""

from __future__ import annotations

import json
from collections.abc import Sequence


def completion(pieces: Sequence[str], thinking: Sequence[str] = ()) -> list[str]:
    """Return the events of a chat completion that sends these pieces, one after the other."""
    texts = [
        *({"reasoning_content": piece} for piece in thinking),
        *({"content": p} for p in pieces),
    ]
    deltas = [{"delta": text, "finish_reason": None} for text in texts]
    end = {"delta": {}, "finish_reason": "stop"}
    return [json.dumps({"choices": [{"index": 0, **choice}]}) for choice in [*deltas, end]]
