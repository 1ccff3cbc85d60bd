"""What was deleted, or never used, goes by itself after a while."""

from __future__ import annotations

from datetime import timedelta

from app.extensions import db
from app.models import Conversation, Message, SearchText
from app.models.columns import now
from app.models.sweeping import UNDO_TIME, UNUSED_TIME, remove_some
from app.providers import Text
from app.server.sweeping import sweep_conversations
from tests.support.cast import Cast
from tests.support.harness import Harness


def age(harness: Harness, conversation: str, **times: timedelta) -> None:
    """Make a conversation look as if something had happened so long ago."""
    values = {name: now() - ago - timedelta(seconds=1) for name, ago in times.items()}
    changed = db.update(Conversation).filter_by(public_id=conversation).values(**values)
    harness.database.write(lambda: db.session.execute(changed))


def left(harness: Harness) -> set[str]:
    found = db.select(Conversation.public_id)
    return set(harness.database.read(lambda: db.session.scalars(found).all()))


def test_a_deleted_conversation_goes_with_all_its_messages_after_a_while(
    harness: Harness, cast: Cast
) -> None:
    kept, deleted, just_deleted = (harness.database.conversation(cast.olive) for _ in range(3))
    for _ in range(15):
        harness.answered(deleted, cast.olive, Text("Because."))
    harness.answered(kept, cast.olive, Text("Because."))
    age(harness, deleted, deleted_at=UNDO_TIME)
    age(harness, just_deleted, deleted_at=timedelta())

    sweep_conversations()

    assert left(harness) == {kept, just_deleted}
    messages = db.select(db.func.count()).select_from(Message)
    texts = db.select(db.func.count()).select_from(SearchText)
    assert harness.database.read(lambda: db.session.scalar(messages)) == 2
    assert harness.database.read(lambda: db.session.scalar(texts)) == 4, "two titles, two texts"


def test_what_nobody_wrote_in_goes_after_a_day(harness: Harness, cast: Cast) -> None:
    unused, titled, shared, used, recent = (
        harness.database.conversation(cast.olive, title=""),
        harness.database.conversation(cast.olive, title="Plans"),
        harness.database.conversation(cast.olive, cast.max, title=""),
        harness.database.conversation(cast.olive, title=""),
        harness.database.conversation(cast.olive, title=""),
    )
    harness.ask(used, cast.olive)
    for where in (unused, titled, shared, used):
        age(harness, where, updated_at=UNUSED_TIME)
    sweep_conversations()
    assert left(harness) == {titled, shared, used, recent}


def test_what_was_restored_meanwhile_is_not_removed(harness: Harness, cast: Cast) -> None:
    where = harness.database.conversation(cast.olive)
    key = harness.key(where)
    age(harness, where, deleted_at=UNDO_TIME)
    user = harness.user(cast.olive)
    harness.database.write(lambda: db.session.get_one(Conversation, key).restore(user))
    assert harness.database.write(lambda: remove_some(key)) is False
    assert left(harness) == {where}


def test_an_answer_in_a_deleted_conversation_ends_when_it_is_swept(
    harness: Harness, cast: Cast
) -> None:
    where = harness.database.conversation(cast.olive)
    answer = harness.begin(where, cast.olive)
    age(harness, where, deleted_at=UNDO_TIME)
    sweep_conversations()
    answer.add(Text("too late"))
    harness.flush()
    assert answer.finished.is_set()
    harness.run_later()
