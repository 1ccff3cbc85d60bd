"""Who is let in is looked up once more when it can be found by what ends its right to be there."""

from __future__ import annotations

import pytest

from app.config import current_config
from app.sockets import connecting
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket


def test_a_credential_that_ends_during_the_connect_is_refused(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Socket(harness.app, cast.max.token).is_connected, "Max must be somebody to let in"
    monkeypatch.setattr(connecting, "credential", lambda: None)
    assert not Socket(harness.app, cast.max.token).is_connected


def test_a_user_with_too_many_sockets_is_refused(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = ["a socket"] * (current_config().max_connections_per_user + 1)
    monkeypatch.setattr(connecting.rooms, "sockets", lambda room: many)
    assert not Socket(harness.app, cast.max.token).is_connected
