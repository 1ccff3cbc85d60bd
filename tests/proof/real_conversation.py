"""The conversation that the real server serves, as the database holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Select, select

from app.database import read, write
from app.extensions import db
from app.models import ApiToken, Conversation, Message, User
from app.models.log import Delta, read_log
from tests.proof.interfaces import Truth
from tests.proof.real_processes import RealProcesses


class RealConversation(RealProcesses):
    """A conversation of Olive's; `begin` replaces it, on the same database."""

    def __init__(self, folder: Path, monkeypatch: Any, database_url: str | None = None) -> None:
        super().__init__(folder, monkeypatch, database_url)
        with self.app.app_context():
            self.token, self.user_id = write(_make_olive)

    def begin(self) -> None:
        """Create another conversation, of which no process knows anything yet."""
        self.start()
        with self.app.app_context():
            self.conversation = write(
                lambda: Conversation.start(self.user_id, None, "demo").public_id
            )
            self.key = read(lambda: self.row().id)

    def row(self) -> Conversation:
        """Return its row; within a transaction."""
        mine = db.select(Conversation).where(Conversation.public_id == self.conversation)
        return db.session.scalars(mine).one()

    def truth(self) -> dict[str, Truth]:
        """Return what the database holds."""
        with self.app.app_context():
            return read(lambda: _truth(Message.of(self.row())))

    def committed(self) -> dict[str, Truth]:
        """Return what the database holds, also of what is not shown."""
        with self.app.app_context():
            return read(lambda: _truth(select(Message).filter_by(conversation_id=self.key)))

    def end(self) -> None:
        """Delete it, so that no later sweep finds it."""
        with self.app.app_context():
            write(lambda: db.session.delete(self.row()))


def _truth(messages: Select[Message]) -> dict[str, Truth]:
    found = db.session.scalars(messages.order_by(Message.position))
    return {message.public_id: _true(message) for message in found}


def _true(message: Message) -> Truth:
    whole = Delta(0, message.seq, message.content, message.thinking)
    text = read_log(message.id) if message.is_streaming else whole
    return Truth(
        message.public_id,
        message.position,
        text.seq,
        message.status,
        text.content,
        text.thinking,
    )


def _make_olive() -> tuple[str, int]:
    olive = User(email="olive@example.com", name="Olive", password_hash="none")
    db.session.add(olive)
    db.session.flush()
    return ApiToken.create(olive, "proof"), olive.id
