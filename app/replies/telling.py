"""Tells people of messages that are for them: on their pages, by Web Push on their devices, and,
where they don't look, later by mail.

The process that has stored a message, or the end of an answer, does it. Of two that do, one pushes:
the message itself says whether it has been.
"""

from __future__ import annotations

from app import summaries
from app.characters import cut
from app.config import current_config
from app.database import read, write
from app.events import notifying
from app.models.mentions import Told
from app.models.pushing import Recipient, beginning_of, claim, recipients
from app.models.unseen import note_unseen
from app.presence import current_presence
from app.push import Notification, send_soon
from app.replies.runtime import current_runtime

BODIES = {
    notifying.MENTION: "{who} has mentioned you.",
    notifying.ANSWER: "{who} has answered your question.",
}
SOMEBODY = "Somebody"
SHOWN_LENGTH = 150  # characters of a message


def tell_mentioned(message_id: str) -> None:
    """Tell those whom a message mentions, by its public id."""
    _push(notifying.tell_mentioned(message_id), notifying.MENTION)


def tell_asker(message_id: int) -> None:
    """Tell who has asked for an answer, by its key, that it has ended, and let a mail tell of it
    later if they are away. It may be called twice."""
    told = notifying.tell_asker(message_id)
    _push(told, notifying.ANSWER)
    if told and summaries.are_sent() and _away(told):
        write(lambda: note_unseen(message_id))


def _push(told: Told | None, kind: str) -> None:
    """Push to the devices of those who are told, but for those whose page shows it now."""
    settings = current_config().push
    if settings is None or told is None:
        return
    away = _away(told)
    found = read(lambda: recipients(away, settings.public_key)) if away else []
    if not found or not write(lambda: claim(told.id)):
        return
    for recipient in found:
        send_soon(settings, recipient.device, _notification(told, kind, recipient))


def _away(told: Told) -> list[int]:
    """Return those who are told and have no page open that shows the conversation."""
    presence = current_presence()
    return [each for each in told.user_ids if not presence.is_here(told.conversation, each)]


def _notification(told: Told, kind: str, recipient: Recipient) -> Notification:
    who = told.by or SOMEBODY
    name = current_runtime().models.label(who) if kind == notifying.ANSWER else who
    body = BODIES[kind].format(who=name)
    if recipient.shows_text:
        text = " ".join(read(lambda: beginning_of(told.id)).split())
        body = f"{body} {cut(text, SHOWN_LENGTH)}".strip()
    return Notification(told.id, told.conversation, told.title, body)
