"""Passwords: hashes, a limited number of concurrent ones, and a limited queue."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from flask import Flask

from app.auth import passwords
from app.errors import Unavailable
from app.models import User


@pytest.fixture(autouse=True)
def in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_password_matches_its_hash_alone() -> None:
    stored = passwords.hash_password("correct horse")
    assert passwords.verify_password(stored, "correct horse")
    assert not passwords.verify_password(stored, "another horse")
    assert not passwords.verify_password(None, "correct horse")


def test_at_most_half_of_the_cores_hash_passwords_at_once(app: Flask) -> None:
    most, now, lock = [0], [0], threading.Lock()
    places = max(1, (os.cpu_count() or 1) // 2)
    full = threading.Barrier(places)

    def offload(*_: object) -> bool:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        full.wait(10)
        with lock:
            now[0] -= 1
        return True

    app.extensions["background"].offload = offload

    def check() -> None:
        with app.app_context():
            passwords.verify_password(None, "x")

    threads = [threading.Thread(target=check) for _ in range(4 * places)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [places]


def test_a_full_queue_of_passwords_is_unavailable_with_a_time_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "QUEUE_SECONDS", 0.01)
    monkeypatch.setattr(passwords, "_slots", threading.Semaphore(0))
    with pytest.raises(Unavailable) as caught:
        passwords.verify_password(None, "x")
    assert caught.value.retry_after == 0.01


def test_an_address_that_no_database_can_hold_is_nobodys() -> None:
    assert User.by_email("olive\0@example.org") is None
