"""Small packets leave at once: the server's sockets don't wait for more to say."""

from __future__ import annotations

import subprocess
import sys

from tests.support.server import ROOT, environment

# What `listen` returns is asked in a process of its own: it must not make this one's app.
ASK = """
import socket, wsgi
with wsgi.listen("127.0.0.1", 0) as listener:
    with socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        print(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        accepted.close()
"""


def test_accepted_sockets_inherit_no_delay(database_url: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env=environment(database_url),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ran.stdout.strip() == "1"
