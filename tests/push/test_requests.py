"""Where is pushed to, and within which time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from typing import Any

import pytest
from flask import Flask

from app.addresses import is_public
from app.config import PushSettings, new_key, push_settings_from
from app.errors import Invalid
from app.push import request
from app.push.encryption import BadKeys, keys
from app.push.endpoint import Endpoint, PrivateAddressError, endpoint_at
from tests.push.conftest import SUBJECT
from tests.support.push_service import PushService

SETTINGS = {"VAPID_PRIVATE_KEY": new_key(), "VAPID_SUBJECT": SUBJECT}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://push.example.org/a?b=c", Endpoint("push.example.org", 443, "/a?b=c")),
        ("https://push.example.org:8443", Endpoint("push.example.org", 8443, "/")),
        ("https://[2001:db8::1]/a", Endpoint("2001:db8::1", 443, "/a")),
    ],
)
def test_an_endpoint_has_parts(url: str, expected: Endpoint) -> None:
    assert endpoint_at(url) == expected


def test_a_signature_is_for_the_origin_of_an_endpoint() -> None:
    assert endpoint_at("https://push.example.org:443/a").origin == "https://push.example.org"
    assert endpoint_at("https://[2001:db8::1]:8443/").origin == "https://[2001:db8::1]:8443"


@pytest.mark.parametrize(
    "url",
    [
        *("http://push.example.org/a", "ftp://push.example.org", "https://", "//push.example.org"),
        *("https://user@push.example.org/", "https://push.example.org:0/", "https://a:99999/"),
        *("https://push.example.org/a b", "https://pu\nsh.example.org", "https://é.example.org/"),
        *("https://[::1/", f"https://push.example.org/{'a' * 1000}"),
    ],
)
def test_anything_else_is_none(url: str) -> None:
    with pytest.raises(Invalid, match="no address of a push service"):
        endpoint_at(url)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "0.0.0.0", "100.64.0.1"),
        *("224.0.0.1", "::1", "::", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "ff02::1"),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::"),
    ],
)
def test_a_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_a_public_address_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.usefixtures("context")
def test_one_private_address_among_others_is_refused_unless_the_operator_has_named_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lookup(*_: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.7")]

    monkeypatch.setattr("app.push.endpoint.socket.getaddrinfo", lookup)
    endpoint = endpoint_at("https://push.example.org/")
    settings = push_settings_from(SETTINGS)
    assert settings
    with pytest.raises(PrivateAddressError):
        endpoint.addresses(settings)
    for named in ("push.example.org:8443", "example.org"):
        other = push_settings_from({**SETTINGS, "PUSH_HOSTS": named})
        with pytest.raises(PrivateAddressError):
            endpoint.addresses(other or settings)
    named = push_settings_from({**SETTINGS, "PUSH_HOSTS": "10.0.0.7:8443, Push.example.org"})
    assert endpoint.addresses(named or settings) == ["8.8.8.8", "10.0.0.7"]


@pytest.mark.parametrize(
    ("env", "problem"),
    [
        ({"VAPID_PRIVATE_KEY": "short"}, "VAPID_PRIVATE_KEY"),
        ({"VAPID_PRIVATE_KEY": "A" * 43}, "VAPID_PRIVATE_KEY"),  # 0 is no key
        ({"VAPID_SUBJECT": ""}, "VAPID_SUBJECT"),
        ({"VAPID_SUBJECT": "admin@example.org"}, "VAPID_SUBJECT"),
        ({"PUSH_HOSTS": "https://push.example.org"}, "PUSH_HOSTS"),
    ],
)
def test_settings_that_cant_be_used_are_refused_without_the_key(
    env: dict[str, str], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem) as refused:
        push_settings_from({**SETTINGS, **env})
    assert SETTINGS["VAPID_PRIVATE_KEY"] not in str(refused.value)


def test_without_a_key_there_is_no_push() -> None:
    assert push_settings_from({"VAPID_SUBJECT": SUBJECT}) is None
    named = push_settings_from({**SETTINGS, "PUSH_HOSTS": "[fd00::1]:8443,[fd00::2]"})
    assert named and named.hosts == {("fd00::1", 8443), ("fd00::2", 443)}


def test_keys_of_a_browser_are_checked(service: PushService) -> None:
    form = service.subscribe().form
    point, secret = keys(form["p256dh"], form["auth"])
    assert (len(point), len(secret)) == (65, 16)
    for bad in ({"p256dh": "BAAA"}, {"auth": "AAAA"}, {"p256dh": "B" * 87}, {"auth": "é"}):
        with pytest.raises(BadKeys):
            keys(**{"p256dh": form["p256dh"], "auth": form["auth"], **bad})


@pytest.fixture
def dripping() -> Iterator[int]:
    """The port of a server that never ends its answer, of which a byte comes again and again."""
    server = socket.create_server(("127.0.0.1", 0))
    is_over = threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            while not is_over.wait(0.02):
                connection.sendall(b"x")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    is_over.set()
    server.close()
    thread.join(20)


class Plain(request.PinnedConnection):
    """Without TLS."""

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.create_connection((self._address, self.port))


@pytest.mark.usefixtures("context")
def test_a_service_that_drips_is_cut_off(dripping: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "TOTAL_SECONDS", 0.2)
    monkeypatch.setattr(request, "PinnedConnection", Plain)
    with pytest.raises((OSError, HTTPException)):
        request.post(Endpoint("localhost", dripping, "/"), "127.0.0.1", b"", {})


def test_the_certificate_has_to_be_the_hosts(
    app: Flask, service: PushService, push: PushSettings
) -> None:
    with app.app_context(), pytest.raises(OSError, match="certificate"):
        request.post(Endpoint("127.0.0.1", service.port, "/push/x"), "127.0.0.1", b"", {})
    assert service.received == 0
