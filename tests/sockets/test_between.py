"""What happens between the steps of a join is neither lost nor let through."""

from __future__ import annotations

from app.events import rooms
from app.extensions import db
from app.models import Conversation
from app.models.conversation import room_of
from app.providers import Text
from app.replies import generation
from tests.sockets.conftest import Reads
from tests.support.cast import Cast
from tests.support.harness import Harness


def test_text_committed_after_the_read_is_sent_live(
    harness: Harness, cast: Cast, conversation: str, reads: Reads
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max)

    def more() -> None:
        generation.receive(answer, Text("after the read"))
        harness.flush()

    reads.after = more
    max.join(conversation)

    assert [(name, data["seq"]) for name, data in max.received()] == [
        ("chunk", 1),
        ("current_state", 0),
    ]


def test_a_member_removed_during_a_join_is_refused(
    harness: Harness, cast: Cast, conversation: str, reads: Reads
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max)
    reads.before = lambda: harness.database.remove_member(conversation, cast.max)

    assert max.ask("join", {"conversation": conversation, "after": 0})["error"] == "not_found"
    assert reads.count == 1, "precondition: Max was admitted"

    generation.receive(answer, Text("among us"))
    harness.flush()
    assert max.received() == []
    assert max.sid not in rooms.sockets(room_of(conversation))


def test_a_conversation_deleted_during_a_join_is_not_found(
    harness: Harness, cast: Cast, conversation: str, reads: Reads
) -> None:
    key = harness.key(conversation)

    def delete() -> None:
        harness.database.write(lambda: db.session.delete(db.session.get_one(Conversation, key)))

    reads.before = delete
    ack = harness.reader(cast.max).ask("join", {"conversation": conversation})
    assert ack["error"] == "not_found"
