"""Stores the demo in the database.

Another run stores what is missing, also where a smaller demo ended, and changes nothing else.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

import click
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from app.auth.passwords import hash_password, verify_password
from app.database import read, write
from app.demo.conversations import DemoConversation, DemoMessage, generate, size_of_stories
from app.demo.stories import OLIVE, PASSWORD, PEOPLE, Person
from app.extensions import db
from app.markdown import mentioned, render, render_typed
from app.models import Conversation, Membership, Message, User
from app.models.columns import now
from app.models.message import Role, size_of
from app.models.rights import MemberRole
from app.models.search_text import Searchable, index_texts, index_title
from app.replies import current_runtime

NAMES = ["demo", "critic", *(person.name for person in PEOPLE)]  # that the stories mention
LARGE = 2000  # messages that take long enough for a progress bar
# Mixtures repeat the same texts.
rendered = lru_cache(1000)(render)
rendered_typed = lru_cache(1000)(render_typed)

T = TypeVar("T")
Keys = Mapping[str, int]


def seed_demo(size: int | None, seed: int) -> None:
    """Store what is missing of the users and of `size` messages (None: of the stories)."""
    size = size_of_stories() if size is None else size
    started = time.monotonic()
    users = _twice_if_raced(_store_users)
    stored = list(_store_conversations(size, seed))
    click.echo(
        f"Made {users} users, {sum(is_new for is_new, _ in stored):,} conversations "
        f"and {sum(messages for _, messages in stored):,} messages "
        f"in {time.monotonic() - started:.1f} s."
    )


def has_users() -> bool:
    """Return whether there is anybody who can sign in."""
    return read(User.exists)


def print_how_to_sign_in() -> None:
    """Print the demo's addresses and password, unless its password has been changed."""
    stored = read(
        lambda: db.session.scalar(select(User.password_hash).where(User.email == OLIVE.email))
    )
    if stored and verify_password(stored, PASSWORD):
        emails = " or ".join(person.email for person in PEOPLE if not person.is_bot)
        click.echo(f"Sign in as {emails} with the password {PASSWORD}")


def _twice_if_raced(store_missing: Callable[[], T]) -> T:
    """Store what is missing; if another process stores the same now, the second try finds it."""
    try:
        return store_missing()
    except IntegrityError:
        return store_missing()


def _store_users() -> int:
    """Store the users that are missing; return how many."""
    known = set(read(lambda: db.session.scalars(select(User.email)).all()))
    users = [_new_user(person) for person in PEOPLE if person.email not in known]
    write(lambda: db.session.add_all(users))
    return len(users)


def _new_user(person: Person) -> User:
    if person.is_bot:
        return User.bot(person.email, person.name)
    return User(email=person.email, name=person.name, password_hash=hash_password(PASSWORD))


def _user_ids() -> Keys:
    """Return the keys of the users by their names in the demo."""
    names = {person.email: person.name for person in PEOPLE}
    users = db.session.execute(select(User.email, User.id).where(User.email.in_(names)))
    return {names[user.email]: user.id for user in users}


def _store_conversations(size: int, seed: int) -> Iterator[tuple[bool, int]]:
    """Yield for each conversation whether it is new, and how many messages were stored."""
    user_ids, model = read(_user_ids), current_runtime().models.default
    hidden = size < LARGE or not sys.stderr.isatty()
    with click.progressbar(
        length=size, label="Messages", show_pos=True, hidden=hidden, file=sys.stderr
    ) as progress:
        for demo in generate(size, seed, now().date()):
            store = partial(_store, demo, user_ids, model)
            yield _twice_if_raced(partial(write, store))
            progress.update(len(demo.messages))


def _store(demo: DemoConversation, user_ids: Keys, model: str) -> tuple[bool, int]:
    """Store the messages that are missing, in the caller's transaction, unless anybody has
    written in the conversation. Return whether it is new, and how many messages were stored."""
    conversation = Conversation.by_public_id(demo.public_id)
    is_new = conversation is None
    conversation = conversation.lock() if conversation else _new_conversation(demo, model)
    held = conversation.position
    missing = len(demo.messages) - held
    if missing <= 0 or set(_message_ids(conversation)) != _public_ids(demo.messages[:held]):
        return False, 0
    _store_members(conversation, demo.messages, user_ids)
    _store_messages(conversation, demo.messages, user_ids)
    conversation.position = len(demo.messages)
    conversation.updated_at = max(message.created_at for message in demo.messages)
    return is_new, missing


def _new_conversation(demo: DemoConversation, model: str) -> Conversation:
    conversation = Conversation(
        public_id=demo.public_id,
        title=demo.title,
        model=model,
        asking=demo.asking,
        created_at=demo.created_at,
    )
    db.session.add(conversation)
    db.session.flush()
    index_title(conversation.id, conversation.title)
    return conversation


def _message_ids(conversation: Conversation) -> Keys:
    """Return the keys of the stored messages by their public ids."""
    mine = Message.conversation_id == conversation.id
    rows = db.session.execute(select(Message.public_id, Message.id).where(mine))
    return {row.public_id: row.id for row in rows}


def _public_ids(messages: Sequence[DemoMessage]) -> set[str]:
    return {message.public_id for message in messages}


def _store_members(
    conversation: Conversation, messages: Sequence[DemoMessage], user_ids: Keys
) -> None:
    """Add the authors of the missing messages, except those who have been removed since."""
    held = conversation.position
    earlier = {message.author for message in messages[:held]}
    authors = dict.fromkeys(message.author for message in messages[held:] if message.author)
    for index, author in enumerate(authors):
        if author not in earlier and not conversation.has_member(user_ids[author]):
            db.session.add(
                Membership(
                    conversation_id=conversation.id,
                    user_id=user_ids[author],
                    role=MemberRole.MEMBER if held + index else MemberRole.OWNER,
                    read_position=len(messages),
                    created_at=conversation.created_at,
                )
            )


def _store_messages(
    conversation: Conversation, messages: Sequence[DemoMessage], user_ids: Keys
) -> None:
    """Insert the messages that are missing: the questions first, as answers refer to them."""
    missing = list(enumerate(messages, start=1))[conversation.position :]
    _insert(
        _row(conversation, position, message)
        | {"role": Role.USER, "author_id": user_ids[message.author], "asks": message.asks}
        | {"mentions": _mentioned(message.content)}
        for position, message in missing
        if message.author
    )
    ids = _message_ids(conversation)
    _insert(
        _row(conversation, position, message)
        | {
            "role": Role.ASSISTANT,
            "model": message.model or conversation.model,
            "question_id": ids[message.question],
        }
        for position, message in missing
        if message.question and not message.version_of
    )
    _insert_versions(conversation, missing)
    ids = _message_ids(conversation)
    index_texts(
        db.session.connection(),
        (Searchable(conversation.id, ids[each.public_id], each.content) for _, each in missing),
    )


def _insert_versions(
    conversation: Conversation, missing: Sequence[tuple[int, DemoMessage]]
) -> None:
    """Insert the other versions of answers, and hide each with itself."""
    ids = _message_ids(conversation)
    for position, message in missing:
        if message.version_of is None:
            continue
        shown = db.session.get_one(Message, ids[message.version_of])
        shown.versions = 2
        about = {"role": Role.ASSISTANT, "model": shown.model, "question_id": shown.question_id}
        versions = {"version_of": shown.id, "version": 2, "versions": 2}
        other = Message(**_row(conversation, position, message), **about, **versions)
        db.session.add(other)
        db.session.flush()
        other.hidden_with = other.id


def _row(conversation: Conversation, position: int, message: DemoMessage) -> dict[str, Any]:
    return {
        "public_id": message.public_id,
        "conversation_id": conversation.id,
        "position": position,
        "seq": 1,
        "content": message.content,
        "content_html": _html(message),
        "thinking": message.thinking,
        "size": size_of(message.content, message.thinking),
        "thought_ms": message.thought_ms,
        "created_at": message.created_at,
        "ended_at": message.ended_at,
    }


def _html(message: DemoMessage) -> str:
    if not message.author:
        return rendered(message.content)
    return rendered_typed(message.content, _mentioned(message.content) or ())


def _mentioned(content: str) -> tuple[str, ...] | None:
    return tuple(mentioned(content, NAMES)) or None


def _insert(rows: Iterator[dict[str, Any]]) -> None:
    if values := list(rows):
        db.session.execute(insert(Message), values)
