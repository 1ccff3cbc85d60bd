"""The local model's process: private, started once, and always ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.providers.base import PermanentError
from app.providers.local_process import NOT_STARTED, LocalProcess, is_installed
from tests.providers.processes import is_gone, servers_of
from tests.providers.reading import until

pytestmark = pytest.mark.local_model


@pytest.fixture
def child() -> Iterator[LocalProcess]:
    child = LocalProcess()
    yield child
    child.stop()


def test_the_process_accepts_only_requests_with_its_key(child: LocalProcess) -> None:
    url, key = child.address()
    body = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
    assert url.startswith("http://127.0.0.1:")
    assert requests.post(f"{url}/chat/completions", json=body, timeout=60).status_code == 401
    headers = {"Authorization": f"Bearer {key}", "Origin": "http://evil.test"}
    answer = requests.post(f"{url}/chat/completions", json=body, headers=headers, timeout=60)
    assert answer.status_code == 200
    assert not answer.headers.get("Access-Control-Allow-Origin")


def test_the_process_ends_with_its_parent() -> None:
    code = (
        "from app.providers.local_process import LocalProcess; import time; child = LocalProcess();"
        "print(child.address().url, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        assert parent.stdout.readline().startswith(b"http")
        (server,) = servers_of(parent.pid)
        parent.kill()
    until(lambda: is_gone(server), 10)


def test_the_process_can_be_stopped_while_it_starts(child: LocalProcess) -> None:
    errors: list[PermanentError] = []

    def start() -> None:
        try:
            child.address()
        except PermanentError as error:
            errors.append(error)

    before = servers_of(os.getpid())
    starter = threading.Thread(target=start)
    starter.start()
    until(lambda: len(servers_of(os.getpid())) > len(before))
    child.stop()
    starter.join(5)
    assert [error.sentence for error in errors] == [NOT_STARTED]
    assert servers_of(os.getpid()) == before


def test_a_failed_start_has_a_sentence_and_can_be_repeated(
    child: LocalProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("app.providers.local_process.WEIGHTS", "nothing.gguf")
    with pytest.raises(PermanentError) as caught:
        child.address()
    assert caught.value.sentence == NOT_STARTED
    monkeypatch.undo()
    assert child.address().url


def test_a_process_that_starts_too_slowly_is_ended(
    child: LocalProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = servers_of(os.getpid())
    monkeypatch.setattr("app.providers.local_process.START_SECONDS", 0.01)
    with pytest.raises(PermanentError) as caught:
        child.address()
    assert caught.value.sentence == NOT_STARTED
    assert servers_of(os.getpid()) == before


def test_a_process_that_does_not_end_is_killed(
    child: LocalProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = servers_of(os.getpid())
    child.address()
    (server,) = set(servers_of(os.getpid())) - set(before)
    os.kill(server, signal.SIGSTOP)
    monkeypatch.setattr("app.providers.local_process.STOP_SECONDS", 0.1)
    child.stop()
    assert is_gone(server)


def test_the_process_does_not_start_without_its_packages(
    child: LocalProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.providers.local_process.PACKAGES", ("no_such_package",))
    assert not is_installed()
    with pytest.raises(PermanentError):
        child.address()
