"""Mail about what somebody has not read: real servers, and a real mail server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import requests

from app.extensions import db
from app.models import Membership, Message, NotificationSettings, User
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.database import Database
from tests.support.mail_server import Inbox, mail_server
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system]

ADDRESS = "https://chat.example.org"


def test_answers_that_nobody_saw_come_by_mail_but_for_muted_ones_until_one_click_ends_them(
    database_url: str, cast: Cast, database: Database, tmp_path: Path
) -> None:
    seen, unseen = (database.conversation(cast.olive, title=title) for title in ("Seen", "Away"))
    muted = database.conversation(cast.olive, title="Muted")
    inbox = Inbox()
    with mail_server(inbox) as port:
        settings = {"SMTP_URL": f"smtp://127.0.0.1:{port}", "MAIL_FROM": "midstream@example.org"}
        settings |= {"PUBLIC_URL": ADDRESS}
        with (
            Server(database_url, tmp_path / "asked.log", **settings) as server,
            Client().open(server.url, cast.olive.token) as olive,
        ):
            olive.ask("join", {"conversation": seen})
            olive.ask("presence", {"conversation": seen, "here": True})
            for conversation in (seen, unseen, muted):
                payload = {"conversation": conversation, "content": "/tokens 2 /rate 1000"}
                assert olive.ask("send", payload)["id"]
            eventually(lambda: database.read(_unseen) == ["Away", "Muted"])
        database.write(lambda: _an_hour_later(cast.olive.email, muted))
        with Server(database_url, tmp_path / "later.log", **settings) as server:
            [message] = eventually(lambda: inbox.messages)
            text = message.get_content()
            assert message["To"] == cast.olive.email
            assert "In “Away”, a question of yours is answered:" in text
            assert f"{ADDRESS}/conversations/{unseen}" in text
            assert "Seen" not in text and "Muted" not in text
            assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            path = message["List-Unsubscribe"].strip(" <>").removeprefix(ADDRESS)
            form = {"List-Unsubscribe": "One-Click"}
            answer = requests.post(f"{server.url}{path}", data=form, timeout=20)
            assert answer.status_code == 200
    assert not database.read(lambda: _wants_mail(cast.olive.email))
    assert cast.olive.email not in (tmp_path / "later.log").read_text()


def _unseen() -> list[str]:
    """Return the titles of the conversations whose answers nobody has seen."""
    found = db.session.scalars(db.select(Message).where(Message.unseen)).all()
    return sorted(each.conversation.title for each in found)


def _an_hour_later(email: str, muted: str) -> None:
    user = User.by_email(email)
    assert user
    for message in db.session.scalars(db.select(Message).where(Message.unseen)):
        assert message.ended_at
        message.ended_at -= timedelta(hours=1)
        membership = Membership.find(message.conversation_id, user.id)
        assert membership
        membership.muted = message.conversation.public_id == muted


def _wants_mail(email: str) -> bool:
    user = User.by_email(email)
    assert user
    return NotificationSettings.read(user.id).mail
