"""Against texts that grow on their way: escaped, an emoji of 4 bytes takes 12 in what waits.

By itself Socket.IO escapes all that isn't ASCII.
"""

from __future__ import annotations

from typing import Any

from engineio import json

loads = json.loads


def dumps(value: Any, **options: Any) -> str:
    """Return JSON that is as long as its texts are; only what is no Unicode is escaped."""
    text: str = json.dumps(value, ensure_ascii=False, **options)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, where a reader is told what it has sent
        return str(json.dumps(value, **options))
    return text
