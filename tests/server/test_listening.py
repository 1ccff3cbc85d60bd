"""The socket that a server listens at."""

from __future__ import annotations

import socket

from app.server.listening import listen


def test_small_packets_leave_at_once() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_it_listens_by_ipv6_where_that_is_asked_for() -> None:
    with listen("::1", 0) as listener:
        assert listener.family == socket.AF_INET6
