"""The fan-out of Midstream: its own server, which on SIGUSR2 emits to a conversation."""

import runpy
import signal
import sys
from pathlib import Path
from typing import Any

from emitting import emit_all

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT))
events, rate, conversation = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def begin(*_: Any) -> None:
    """Start the task that emits."""
    from app.events import emit  # only now: the server patches the standard library first
    from app.extensions import socketio

    socketio.start_background_task(emit_all, events, rate, emit.chunk, socketio.sleep, conversation)


signal.signal(signal.SIGUSR2, begin)
sys.argv[1:] = []
runpy.run_path(str(ROOT / "wsgi.py"), run_name="__main__")
