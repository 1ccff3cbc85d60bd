"""Mail, sent to a real mail server: encrypted, tried again, and within its time."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app import mail
from app.config import MailServer
from tests.support.mail_server import Inbox, mail_server
from tests.support.waiting import eventually

PLACE = {"place": "https://chat.example.org", "link": "https://chat.example.org/link#secret"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `localhost`, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    key, found = folder / "key.pem", folder / "certificate.pem"
    files = ["-keyout", str(key), "-out", str(found)]
    about = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*new, *files, *about], check=True, capture_output=True)
    return found, key


@pytest.fixture
def context_of_server(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "PAUSES_SECONDS", (0, 0, 0))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, Path]) -> None:
    """Let this machine count as another one, whose certificate is trusted."""
    monkeypatch.setattr(mail, "is_loopback", lambda host: False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def server_at(port: int, *, tls: bool = False) -> MailServer:
    return MailServer("localhost", port, tls, None, None, "midstream@example.org")


def send(app: Flask, server: MailServer, to: str = "olive@example.org") -> None:
    """Send a mail by this server, in the background."""
    app.extensions["config"] = replace(app.extensions["config"], mail=server)
    with app.app_context():
        mail.send_soon(to, "A new password", "mail/reset.txt", **PLACE)


def test_a_mail_says_what_it_is_for(app: Flask, inbox: Inbox) -> None:
    with mail_server(inbox) as port:
        send(app, server_at(port))
        [message] = eventually(lambda: inbox.messages)
    assert (message["From"], message["To"]) == ("midstream@example.org", "olive@example.org")
    assert message["Subject"] == "A new password"
    assert PLACE["link"] in message.get_content()


def test_without_a_server_nothing_is_sent(app: Flask) -> None:
    with app.app_context():
        assert not mail.is_set_up()
        mail.send_soon("olive@example.org", "Hello", "mail/reset.txt", **PLACE)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it has TLS already
@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("tls", [True, False])
def test_another_machine_is_talked_to_encrypted_and_signed_in_to(
    app: Flask, inbox: Inbox, context_of_server: ssl.SSLContext, tls: bool
) -> None:
    with mail_server(inbox, context_of_server, tls=tls, password="a:b/c") as port:
        send(app, server_at(port, tls=tls)._replace(user="midstream", password="a:b/c"))
        eventually(lambda: inbox.messages)
    assert inbox.was_encrypted == [True]


@pytest.mark.usefixtures("elsewhere")
def test_nothing_is_sent_in_the_clear_or_to_whom_nobody_trusts(
    app: Flask,
    inbox: Inbox,
    context_of_server: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with mail_server(inbox) as port:
        send(app, server_at(port))
        eventually(lambda: caplog.text.count("SMTPNotSupportedError") == 3)
    monkeypatch.delenv("SSL_CERT_FILE")
    caplog.clear()
    with mail_server(inbox, context_of_server, tls=True) as port:
        send(app, server_at(port, tls=True))
        eventually(lambda: caplog.text.count("SSLCertVerificationError") == 3)
    assert inbox.messages == [] and inbox.recipients == []
    assert "olive" not in caplog.text


def test_what_fails_for_the_moment_is_tried_again(app: Flask, inbox: Inbox) -> None:
    inbox.refusals = ["451 Busy", "451 Busy"]
    with mail_server(inbox) as port:
        send(app, server_at(port))
        eventually(lambda: inbox.messages)


def test_what_is_refused_for_good_is_not_tried_again(
    app: Flask, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.refusals = ["550 No such person: olive"] * 9
    with mail_server(inbox) as port:
        send(app, server_at(port))
        eventually(lambda: "SMTPRecipientsRefused" in caplog.text)
        time.sleep(0.2)
    assert caplog.text.count("SMTPRecipientsRefused") == 1 and "olive" not in caplog.text
    assert len(inbox.refusals) == 8


@pytest.fixture
def dripping() -> Iterator[int]:
    """The port of a server that sends a byte now and then, for ever."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=_drip, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


def _drip(listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                while True:
                    connection.sendall(b"2")
                    time.sleep(0.05)


def test_a_server_that_drips_is_given_up(
    app: Flask,
    dripping: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(mail, "TOTAL_SECONDS", 0.2)
    send(app, server_at(dripping)._replace(host="127.0.0.1"))
    eventually(lambda: len(caplog.records) == 3)
