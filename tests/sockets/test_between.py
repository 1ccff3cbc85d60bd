"""What happens between the steps of a join is neither lost nor let through."""

from __future__ import annotations

from app.extensions import db
from app.models import Conversation
from app.models.conversation import room_of
from app.providers import Text
from app.replies import answering
from app.sockets import out
from tests.sockets.conftest import Reads
from tests.support.cast import Cast
from tests.support.stage import Stage


def test_what_is_committed_after_the_read_comes_live(
    stage: Stage, cast: Cast, conversation: str, reads: Reads
) -> None:
    answer = stage.begin(conversation, cast.olive)
    max = stage.reader(cast.max)

    def more() -> None:
        answering.take(answer, Text("after the read"))
        stage.flush()

    reads.after = more
    max.join(conversation)

    assert [(name, data["seq"]) for name, data in max.received()] == [
        ("chunk", 1),
        ("current_state", 0),
    ]


def test_a_join_in_flight_does_not_slip_past_a_removal(
    stage: Stage, cast: Cast, conversation: str, reads: Reads
) -> None:
    answer = stage.begin(conversation, cast.olive)
    max = stage.reader(cast.max)
    reads.before = lambda: stage.records.dismiss(conversation, cast.max)

    assert max.ask("join", {"conversation": conversation, "after": 0})["error"] == "not_found"
    assert reads.count == 1, "Max must have been let in for this to mean anything"

    answering.take(answer, Text("among us"))
    stage.flush()
    assert max.received() == []
    assert max.sid not in out.sockets(room_of(conversation))


def test_a_conversation_that_is_deleted_meanwhile_is_not_found(
    stage: Stage, cast: Cast, conversation: str, reads: Reads
) -> None:
    key = stage.key(conversation)

    def delete() -> None:
        stage.records.write(lambda: db.session.delete(db.session.get_one(Conversation, key)))

    reads.before = delete
    ack = stage.reader(cast.max).ask("join", {"conversation": conversation})
    assert ack["error"] == "not_found"
