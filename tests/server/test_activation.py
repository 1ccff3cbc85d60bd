"""A server that systemd gives its socket to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import requests

from app.server import activation
from app.server.activation import InheritedListener, inherited_listener
from tests.support.server import ROOT, environment
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

# As systemd does: the socket is descriptor 3, and the process that gets it is named.
ACTIVATE = 'exec 3<&"$0"; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
Give = Callable[..., None]


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Give:
    """Return a function that gives a socket to this process, as systemd would."""

    def give(given: socket.socket, count: str = "1", pid: int = os.getpid()) -> None:
        monkeypatch.setattr(activation, "FIRST_DESCRIPTOR", os.dup(given.fileno()))
        monkeypatch.setenv("LISTEN_PID", str(pid))
        monkeypatch.setenv("LISTEN_FDS", count)

    return give


def test_after_it_stops_others_still_listen(give: Give) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ours:
        give(ours)
        listener: InheritedListener = inherited_listener()
        assert "LISTEN_PID" not in os.environ, "a process that this one starts gets no socket"
        with socket.create_connection(ours.getsockname()):
            accepted, _ = listener.accept()
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            accepted.close()
        listener.shutdown(socket.SHUT_RDWR)
        with socket.create_connection(ours.getsockname()):
            with pytest.raises(OSError, match="Invalid argument"):
                listener.accept()
            ours.accept()[0].close()
        listener.close()


def test_a_socket_for_another_process_or_of_another_kind_is_not_taken(give: Give) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        give(other, pid=1)
        assert inherited_listener() is None
        os.close(activation.FIRST_DESCRIPTOR)
        give(other, count="2")
        with pytest.raises(SystemExit, match="one TCP socket"):
            inherited_listener()
        os.close(activation.FIRST_DESCRIPTOR)
        give(other)
        with pytest.raises(SystemExit, match="one TCP socket"):
            inherited_listener()


@pytest.mark.async_mode
def test_who_connects_while_it_ends_waits_for_the_next_process(
    blank_database: Path, tmp_path: Path
) -> None:
    database = tmp_path / "midstream.sqlite3"
    database.write_bytes(blank_database.read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as ours, (tmp_path / "log").open("w") as log:
        command = ["bash", "-c", ACTIVATE, str(ours.fileno()), sys.executable, "wsgi.py"]
        env = environment(f"sqlite:///{database}", PORT="1")
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, pass_fds=[ours.fileno()], stdout=log, stderr=log
        )
        url = f"http://127.0.0.1:{ours.getsockname()[1]}"
        try:
            assert requests.get(f"{url}/healthz", timeout=60).ok  # it waits until it serves
            assert f"Midstream is at {url}" in (tmp_path / "log").read_text()
        finally:
            process.send_signal(signal.SIGTERM)
        eventually(lambda: process.poll() is not None, 60.0)
        assert process.returncode == 0, (tmp_path / "log").read_text()
        with closing(socket.create_connection(ours.getsockname())):
            ours.settimeout(20.0)
            ours.accept()[0].close()
