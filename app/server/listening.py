"""The socket that a server listens at."""

from __future__ import annotations

import socket
import sys

BACKLOG = 2048  # the usual 50 made a thousand arrivals take seconds


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, with room for a thousand who arrive at once.

    Ends the process with a sentence where nobody can listen there.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or "it can't be had"
        sys.exit(f"midstream: HOST {host} and PORT {port} are of no use here: {reason.lower()}.")
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
