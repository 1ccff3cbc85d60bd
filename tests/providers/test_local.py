"""The local model with its real weights in its real process."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from itertools import islice

import pytest

from app.config import Config
from app.providers import Event, Models, Text, Turn, Usage
from app.providers.base import Cancelled, TransientError
from tests.providers.processes import servers_of
from tests.providers.reading import in_eventlet, read

pytestmark = pytest.mark.local_model
QUESTION = [Turn("user", "What is the capital of France?")]


@pytest.fixture(scope="module")
def models() -> Iterator[Models]:
    models = Models.from_config(Config(secret_key="x", models=("local",)))
    yield models
    models.close()


def test_the_local_model_answers(models: Models) -> None:
    got = read(models.stream("local", QUESTION))
    assert got.error is None
    assert len(got.text) > 10
    assert len(got.events) > 5, "it must stream"
    (usage,) = got.usage
    assert isinstance(usage, Usage)
    assert (usage.input_tokens or 0) > 5
    assert "tiny and often wrong" in models.label("local")


@pytest.mark.alone
def test_a_conversation_longer_than_the_context_is_answered(models: Models) -> None:
    talk = [Turn("user", "Tell me more. " * 200), Turn("assistant", "There is more. " * 400)]
    answer = models.stream("local", [*talk * 5, Turn("user", "Say yes or no. " * 2000)])
    begun = list(islice(answer, 10))  # to its end it takes half a minute
    assert {type(each) for each in begun} <= {Text, Usage}, begun  # it may be short
    assert isinstance(begun[0], Text)
    answer.close()


def test_concurrent_first_questions_start_one_process() -> None:
    models = Models.from_config(Config(secret_key="x", models=("local",)))
    before = servers_of(os.getpid())
    begun: list[Event] = []

    def ask() -> None:
        answer = models.stream("local", QUESTION)
        begun.append(next(iter(answer)))
        answer.close()

    readers = [threading.Thread(target=ask) for _ in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    assert len(set(servers_of(os.getpid())) - set(before)) == 1
    assert len(begun) == 3
    models.close()
    assert servers_of(os.getpid()) == before


def test_cancelling_is_prompt_and_keeps_the_process_running(models: Models) -> None:
    story = models.stream("local", [Turn("user", "Tell me a very long story.")])
    events = iter(story)
    next(events)
    started = time.monotonic()
    story.close()
    with pytest.raises(Cancelled):
        next(events)
    assert time.monotonic() - started < 5
    assert read(models.stream("local", QUESTION)).error is None


def test_a_killed_process_is_started_again() -> None:
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


def test_the_local_model_answers_greenlets() -> None:
    answers = in_eventlet("local")
    assert [error for _, error in answers] == ["None", "None"]
    assert all(length > 0 for length, _ in answers)
