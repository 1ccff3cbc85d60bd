"""Errors are acknowledged with a code and a sentence that reveals nothing else."""

from __future__ import annotations

import pytest

from app.errors import DomainError, RateLimited, Unavailable
from app.sockets import namespace
from app.sockets.acknowledgements import refusal
from tests.support.cast import Cast
from tests.support.harness import Harness


def test_an_unexpected_failure_is_logged_and_not_revealed(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("password=hunter2")

    max = harness.reader(cast.max)
    with monkeypatch.context() as patch:
        patch.setattr(namespace, "conversations_of", fail)
        ack = max.ask("conversations")
    assert ack == {"ok": False, "error": "unavailable", "message": Unavailable.sentence}
    assert "hunter2" in caplog.text, "the log must have the cause"
    assert max.ask("conversations")["ok"], "the connection must stay usable"


@pytest.mark.parametrize("kind", DomainError.__subclasses__())
def test_every_domain_error_has_a_code_and_a_sentence(kind: type[DomainError]) -> None:
    assert refusal(kind()) == {"ok": False, "error": kind.code, "message": kind.sentence}
    assert kind.sentence.endswith(".")


def test_a_rate_limit_has_the_time_to_wait() -> None:
    assert refusal(RateLimited(retry_after=3.0))["retry_after"] == 3.0
