"""What a model gets however long a conversation is: the question, the system prompt, what is
pinned, and files. All else is left out for it; where that is not enough, the question is refused.

Only sizes are read here: what is refused may be megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from app.errors import TooLarge
from app.extensions import db
from app.models import Conversation, Message
from app.models.ending import bytes_in
from app.models.log import read_log
from app.models.questions import Change
from app.models.versions import Segment
from app.providers.model import short
from app.providers.tokens import TOKENS_PER_MESSAGE, estimate, estimate_of_bytes
from app.replies.offering import asked_by
from app.replies.on_the_way import are_asked_in, lead_on
from app.replies.runtime import current_runtime
from app.replies.sent_files import least_of, rows_on

CONTEXT_TOKENS = 66_000  # for a model whose window nobody has said
ANSWER_TOKENS = 16_384  # the most that is kept free for an answer, with its thinking
ANSWER_SHARE = 0.25  # of the window; of a small one no more is kept free
SHOWN = Segment(hidden_with=None, end=2**31 - 1, question=None, without=0)

NO_ROOM = (
    "{model} has no room for this: {what} about {tokens:,} tokens, and it reads {room:,} at most."
    " {advice}, or ask a model that reads more."
)
PINNED = ("what is pinned has", "Unpin something")
FILES = ("the files here need at least", "Edit the questions that have them, and remove some")
SYSTEM_PROMPT = ("the system prompt has", "Shorten it in the conversation's options")


class Staying(NamedTuple):
    """How many tokens that takes, as estimated: what is `said` is the question, and what there is
    of an answer that goes on; what is `pinned` is by the keys of the messages, without the
    question; `files` are rows of `rows_on`."""

    said: int
    system_prompt: int
    pinned: Mapping[int, int]
    files: Sequence[Any]

    @property
    def tokens(self) -> int:
        """Return how many tokens that are together, without the files."""
        return self.said + self.system_prompt + sum(self.pinned.values())

    def refusal(self, model: str) -> str | None:
        """Return why a model can't be asked: a sentence that names the largest of what stays.

        A question that is too long by itself is its author's to shorten, and its model's to refuse.
        """
        models, room = current_runtime().models, room_of(model)
        files = least_of(self.files, sees=models.sees(model))
        if self.said > room or self.tokens + files <= room:
            return None
        parts = {
            PINNED: sum(self.pinned.values()),
            FILES: files,
            SYSTEM_PROMPT: self.system_prompt,
        }
        tokens, (what, advice) = max((size, part) for part, size in parts.items())
        name = short(models.label(model))
        return NO_ROOM.format(model=name, what=what, advice=advice, tokens=tokens, room=room)


def room_of(model: str) -> int:
    """Return how many estimated tokens a model reads, beside its answer."""
    runtime = current_runtime()
    window = runtime.models.context_window(model)
    if window is None:
        return CONTEXT_TOKENS
    free = window - min(ANSWER_TOKENS, int(ANSWER_SHARE * window))
    return int(free / runtime.token_factors.of(model))


def staying_on(
    way: Sequence[Segment], question: Message, conversation: Conversation, said: Iterable[str] = ()
) -> Staying:
    """Return what stays on the way to an answer to this question; `said` is sent with it."""
    is_here = Message.conversation_id == conversation.id
    return Staying(
        estimate([question.content, *said]),
        estimate(filter(None, [conversation.system_prompt])),
        _pinned(way, question, conversation),
        rows_on(is_here & are_asked_in(way, Message)),
    )


def check_room(change: Change, conversation: Conversation) -> None:
    """Raise TooLarge, in the transaction of a change, where it asks a model that has no room for
    what stays."""
    models = asked_by(change, conversation)
    if not models:
        return
    answer = change.answer
    goes_on = answer is not None and answer.continues is not None
    said = [read_log(answer.id).content] if answer and goes_on else []
    staying = staying_on([SHOWN], change.message, conversation, said)
    for model in models:
        if refusal := staying.refusal(model):
            raise TooLarge(refusal)


def _pinned(
    way: Sequence[Segment], question: Message, conversation: Conversation
) -> dict[int, int]:
    if not conversation.pins:
        return {}
    size = bytes_in(Message.content).label("size")
    found = select(Message.id, size).where(
        *(Message.conversation_id == conversation.id, Message.id != question.id),
        *(Message.is_pinned(), Message.content != ""),
        lead_on(way, Message),
    )
    rows = db.session.execute(found)
    return {row.id: estimate_of_bytes(row.size) + TOKENS_PER_MESSAGE for row in rows}
