"""The small model that runs here, with its real weights, in its real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.config import Config
from app.providers import HungUp, Models, PermanentError, TransientError, Turn, Usage
from app.providers.local_child import NOT_STARTED, LocalChild
from tests.providers.reading import Got, green, read, until

pytestmark = pytest.mark.local_model
QUESTION = [Turn("user", "What is the capital of France?")]


@pytest.fixture(scope="module")
def models() -> Iterator[Models]:
    models = Models.from_config(Config(secret_key="x", models=("local",)))
    yield models
    models.close()


@pytest.fixture
def child() -> Iterator[LocalChild]:
    child = LocalChild()
    yield child
    child.stop()


def servers_of(parent: int) -> list[int]:
    """Return the ids of the local servers that `parent` has started and that still run."""
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if _is_server(path, parent)]


def _is_server(process: Path, parent: int) -> bool:
    try:
        command, stat = (process / "cmdline").read_bytes(), (process / "stat").read_text()
    except OSError:
        return False
    state, its_parent = stat.rpartition(")")[2].split()[:2]
    return b"local_server.py" in command and state != "Z" and int(its_parent) == parent


def test_it_answers(models: Models) -> None:
    got = read(models.stream("local", QUESTION))
    assert got.error is None
    assert len(got.text) > 10
    assert len(got.events) > 5, "it must stream"
    (usage,) = got.usage
    assert isinstance(usage, Usage)
    assert (usage.input_tokens or 0) > 5
    assert "tiny and often wrong" in models.label("local")


def test_a_conversation_longer_than_it_can_hold_is_answered_all_the_same(models: Models) -> None:
    talk = [Turn("user", "Tell me more. " * 200), Turn("assistant", "There is more. " * 400)]
    got = read(models.stream("local", [*talk * 5, Turn("user", "Say yes or no. " * 2000)]))
    assert got.error is None
    assert got.text


def test_two_first_questions_start_one_process() -> None:
    models = Models.from_config(Config(secret_key="x", models=("local",)))
    before = servers_of(os.getpid())
    answers: list[Got] = []

    def ask() -> None:
        answers.append(read(models.stream("local", QUESTION)))

    readers = [threading.Thread(target=ask) for _ in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    assert len(set(servers_of(os.getpid())) - set(before)) == 1
    assert [answer.error for answer in answers] == [None] * 3
    models.close()
    assert servers_of(os.getpid()) == before


def test_hanging_up_is_prompt_and_leaves_it_running(models: Models) -> None:
    story = models.stream("local", [Turn("user", "Tell me a very long story.")])
    events = iter(story)
    next(events)
    started = time.monotonic()
    story.close()
    with pytest.raises(HungUp):
        next(events)
    assert time.monotonic() - started < 1
    assert read(models.stream("local", QUESTION)).error is None


def test_it_is_started_again_when_it_has_died() -> None:
    models = Models.from_config(Config(secret_key="x", models=("local",)))
    events = iter(models.stream("local", [Turn("user", "Tell me a very long story.")]))
    before = set(servers_of(os.getpid()))
    next(events)
    (server,) = set(servers_of(os.getpid())) - before
    os.kill(server, signal.SIGKILL)
    with pytest.raises(TransientError):
        list(events)
    assert read(models.stream("local", QUESTION)).error is None
    models.close()


def test_only_we_can_ask_it(child: LocalChild) -> None:
    url, key = child.address()
    body = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
    assert url.startswith("http://127.0.0.1:")
    assert httpx2.post(f"{url}/chat/completions", json=body).status_code == 401
    headers = {"Authorization": f"Bearer {key}", "Origin": "http://evil.test"}
    answer = httpx2.post(f"{url}/chat/completions", json=body, headers=headers)
    assert answer.status_code == 200
    assert not answer.headers.get("Access-Control-Allow-Origin")


def test_it_does_not_outlive_its_parent() -> None:
    code = (
        "from app.providers.local_child import LocalChild; import time; child = LocalChild();"
        "print(child.address().url, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        assert parent.stdout.readline().startswith(b"http")
        (server,) = servers_of(parent.pid)
        parent.kill()
    until(lambda: not Path(f"/proc/{server}").exists() or _is_zombie(server), 10)


def test_it_can_be_stopped_while_it_starts(child: LocalChild) -> None:
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


def test_what_does_not_start_has_a_sentence(
    child: LocalChild, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("app.providers.local_child.WEIGHTS", "nothing.gguf")
    with pytest.raises(PermanentError) as caught:
        child.address()
    assert caught.value.sentence == NOT_STARTED
    monkeypatch.undo()
    assert child.address().url


def test_it_answers_greenlets_too() -> None:
    answers = green("local")
    assert [error for _, error in answers] == ["None", "None"]
    assert all(length > 0 for length, _ in answers)


def _is_zombie(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"
