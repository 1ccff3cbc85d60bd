"""Mail, sent in the background: no page waits for it. Whoever misses one asks for it again."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from threading import Semaphore

from flask import current_app

from app.addresses import is_loopback
from app.background import shut_down_after, start_task
from app.config import MailServer, current_config
from app.errors import attempt
from app.extensions import socketio

logger = logging.getLogger(__name__)

OPERATION_SECONDS = 10.0  # for each thing that the server has to answer
TOTAL_SECONDS = 60.0  # for a mail, however slowly the server does that
PAUSES_SECONDS = (0, 10, 60)  # before each attempt
_slots = Semaphore(4)


def is_set_up() -> bool:
    """Return whether there is a server that sends mail."""
    return current_config().mail is not None


def send_soon(
    email: str, subject: str, template: str, *, unsubscribe: str | None = None, **values: object
) -> None:
    """Send a text to an address, in a task of its own; the caller waits for nothing.

    A post to `unsubscribe` ends mails of this kind, without signing in.
    """
    server = current_config().mail
    if server is None:
        return
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, email, subject
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        values["unsubscribe"] = unsubscribe
    message.set_content(current_app.jinja_env.get_template(template).render(values))
    start_task(_send, server, message)


def _send(server: MailServer, message: EmailMessage) -> None:
    for pause in PAUSES_SECONDS:
        socketio.sleep(pause)
        with _slots:
            _, error = attempt(lambda: _deliver(server, message))
        if error is None:
            return
        # neither the address nor what the server has answered, which may repeat it
        logger.warning("A mail could not be sent: %s.", type(error).__name__)
        if _is_final(error):
            return


def _is_final(error: BaseException) -> bool:
    """Return whether the server would refuse the same again: with a code of the 500s."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _deliver(server: MailServer, message: EmailMessage) -> None:
    with _connected(server) as smtp:
        if server.user and server.password:
            smtp.login(server.user, server.password)
        smtp.send_message(message)


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """Connect, encrypted unless the server is on this machine; close it when the time is over."""
    context = ssl.create_default_context()
    if server.tls:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(timeout=OPERATION_SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(timeout=OPERATION_SECONDS)
    try:
        smtp._host = server.host  # type: ignore[attr-defined]  # for the certificate's name
        with shut_down_after(TOTAL_SECONDS, lambda: smtp.sock):
            smtp.connect(server.host, server.port)
            if not server.tls and not is_loopback(server.host):
                smtp.starttls(context=context)
            yield smtp
            smtp.quit()
    finally:
        smtp.close()
