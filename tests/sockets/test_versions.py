"""Which version of the protocol a reader may say that it speaks."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIOTestClient

from app.events.rooms import NAMESPACE
from app.extensions import socketio
from tests.support.cast import Cast


def connect(app: Flask, **auth: Any) -> SocketIOTestClient:
    return socketio.test_client(app, namespace=NAMESPACE, auth=auth)


@pytest.mark.parametrize("said", [{}, {"protocol": 1}, {"protocol": "1"}])
def test_protocol_1_is_accepted_and_the_default(
    app: Flask, cast: Cast, said: dict[str, Any]
) -> None:
    client = connect(app, token=cast.olive.token, **said)
    assert client.is_connected(NAMESPACE)
    client.disconnect(NAMESPACE)


@pytest.mark.parametrize("protocol", [2, 0, "2", "", None, True, 1.5, [1]])
def test_an_unsupported_protocol_is_refused(app: Flask, cast: Cast, protocol: Any) -> None:
    client = connect(app, token=cast.olive.token, protocol=protocol)
    assert not client.is_connected(NAMESPACE)
