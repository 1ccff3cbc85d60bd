"""The outer face: the Socket.IO namespace that readers connect to."""

from app.sockets.namespace import Conversations

MAX_FRAME_BYTES = 256_000  # of one message from a reader; more closes the connection

__all__ = ["MAX_FRAME_BYTES", "Conversations"]
