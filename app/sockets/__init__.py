"""What readers ask: the Socket.IO namespace, connecting, and joining."""

from app.sockets.namespace import Conversations

MAX_MESSAGE_BYTES = 256_000  # of one message from a reader; a longer one closes the connection

__all__ = ["MAX_MESSAGE_BYTES", "Conversations"]
