"""Passwords: hashes, a limited number of concurrent ones, and a limited queue."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from flask import Flask

from app.auth import passwords
from app.auth.passwords import HASHER, NOBODYS_HASH  # not the weak one of the other tests
from app.errors import Unavailable
from tests.support.waiting import eventually


@pytest.fixture(autouse=True)
def in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_only_the_right_password_matches_a_hash() -> None:
    stored = passwords.hash_password("correct horse")
    assert "correct horse" not in stored
    assert passwords.verify_password(stored, "correct horse")
    for wrong in ("another horse", "correct horse "):
        assert not passwords.verify_password(stored, wrong)


def test_at_most_half_of_the_cores_hash_passwords_at_once(app: Flask) -> None:
    most, now, lock = [0], [0], threading.Lock()
    slots = max(1, (os.cpu_count() or 1) // 2)
    full = threading.Barrier(slots)

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

    threads = [threading.Thread(target=check) for _ in range(4 * slots)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [slots]


def test_a_full_queue_of_passwords_is_unavailable_with_a_time_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "QUEUE_SECONDS", 0.01)
    monkeypatch.setattr(passwords, "_slots", threading.Semaphore(0))
    with pytest.raises(Unavailable) as caught:
        passwords.verify_password(None, "x")
    assert caught.value.retry_after == 0.01


def test_few_hashes_wait_for_one_caller_and_none_of_them_delays_another(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_slots", slots := threading.Semaphore(0))
    results: list[str] = []

    def check() -> None:
        with app.app_context():
            try:
                passwords.verify_password(None, "x", "192.0.2.1")
                results.append("checked")
            except Unavailable as refusal:
                assert refusal.retry_after == passwords.RETRY_SECONDS
                results.append("refused")

    threads = [threading.Thread(target=check) for _ in range(passwords.QUEUE_PER_CALLER + 3)]
    for thread in threads:
        thread.start()
    eventually(lambda: results == ["refused"] * 3)
    another = threading.Thread(target=lambda: with_another_address(app))
    another.start()
    slots.release()
    for thread in [*threads, another]:
        thread.join()
    assert results.count("checked") == passwords.QUEUE_PER_CALLER
    assert passwords.verify_password(None, "x", "192.0.2.1") is False, "its places are free again"


def with_another_address(app: Flask) -> None:
    with app.app_context():
        passwords.verify_password(None, "x", "192.0.2.2")


@pytest.mark.parametrize("stored", [None, "none", ""])
def test_no_password_matches_a_missing_hash(stored: str | None) -> None:
    assert not passwords.verify_password(stored, "nobody has this password")


def test_the_hash_for_unknown_users_is_as_strong_as_any_other() -> None:
    assert not HASHER.check_needs_rehash(NOBODYS_HASH)
    assert HASHER.verify(NOBODYS_HASH, "nobody has this password")
