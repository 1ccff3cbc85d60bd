"""Events as a streaming answer has them."""

import time
from collections.abc import Callable
from typing import Any

ID = "0123456789abcdef0123456789abcdef"


def emit_all(
    events: int,
    rate: int,
    emit: Callable[[Any], None],
    sleep: Callable[[float], None],
    conversation: str = ID,
) -> None:
    """Emit this many events, `rate` a second; with 0 as many as can be."""
    began = time.monotonic()
    for number in range(events):
        content = " twenty bytes of it."
        ids = {"id": ID, "conversation": conversation}
        emit({**ids, "since": number, "seq": number + 1, "content": content})
        wait = began + (number + 1) / rate - time.monotonic() if rate else 0
        sleep(max(0.0, wait))
