"""What the beat commits is broadcast, and nothing else is."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, event, update

from app.extensions import db
from app.models import Conversation, Message, Status
from app.models.entry import Addition, insert_entries
from app.providers import Text, Thinking, Usage
from app.replies import answering, beat
from tests.support.cast import Cast
from tests.support.stage import Stage


def test_all_that_came_since_the_last_beat_is_one_entry(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    answer = stage.begin(conversation, cast.olive)
    max = stage.reader(cast.max, conversation)
    for said in (Thinking("H"), Thinking("m"), Text("Hel"), Text("lo")):
        answering.take(answer, said)

    stage.flush()

    [(name, chunk)] = max.received()
    assert (name, chunk["since"], chunk["seq"]) == ("chunk", 0, 1)
    assert (chunk["thinking"], chunk["content"]) == ("Hm", "Hello")
    assert stage.records.entries(answer.public_id) == 1


def test_the_answers_of_a_process_share_one_transaction(stage: Stage, cast: Cast) -> None:
    answers = [stage.begin(stage.records.conversation(cast.olive), cast.olive) for _ in range(5)]
    for answer in answers:
        answering.take(answer, Text("Hi"))
    commits: list[object] = []
    event.listen(db.engine, "commit", commits.append)

    stage.flush()

    assert len(commits) == 1
    assert all(stage.records.message(answer.public_id).content == "Hi" for answer in answers)


def test_without_news_nothing_is_written(stage: Stage, cast: Cast, conversation: str) -> None:
    stage.begin(conversation, cast.olive)
    commits: list[object] = []
    event.listen(db.engine, "commit", commits.append)
    stage.flush()
    assert commits == []


def test_the_end_carries_the_last_text(stage: Stage, cast: Cast, conversation: str) -> None:
    answer = stage.begin(conversation, cast.olive)
    max = stage.reader(cast.max, conversation)
    answering.take(answer, Text("Hel"))
    stage.flush()
    answering.take(answer, Text("lo"))
    answering.take(answer, Usage(3, 5))
    answer.end(Status.COMPLETE)

    stage.flush()

    (_, chunk), (name, end) = max.received()
    assert (chunk["content"], chunk["status"]) == ("Hel", "streaming")
    assert (name, end["since"], end["seq"]) == ("streaming_end", 1, 2)
    assert (end["content"], end["status"]) == ("lo", "complete")
    stored = stage.records.message(answer.public_id)
    assert (stored.content, stored.seq) == ("Hello", 2)
    assert answer.settled.is_set()
    assert stage.runtime.beat.answers == {}


def test_nothing_is_sent_that_is_not_committed(
    stage: Stage, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = stage.begin(conversation, cast.olive)
    max = stage.reader(cast.max, conversation)
    answering.take(answer, Text("Hi"))

    def fails(*_: object) -> None:
        raise RuntimeError("not committed")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(beat, "write", fails)
        stage.flush()
    assert max.received() == []

    stage.flush()
    assert max.names() == ["chunk"]


def test_what_somebody_else_has_ended_is_let_go_of_unsent(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    answer = stage.begin(conversation, cast.olive)
    max = stage.reader(cast.max, conversation)
    answering.take(answer, Text("too late"))
    hung_up: list[bool] = []
    answer.hang_up = lambda: hung_up.append(True)
    end = update(Message).values(status=Status.INTERRUPTED, content="")
    stage.records.write(lambda: db.session.execute(end.where(Message.id == answer.message_id)))

    stage.flush()

    assert max.received() == []
    assert stage.records.message(answer.public_id).content == ""
    assert answer.settled.is_set() and hung_up


def test_so_is_what_was_deleted_with_its_conversation(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    answer = stage.begin(conversation, cast.olive)
    other = stage.begin(stage.records.conversation(cast.olive), cast.olive)
    for each in (answer, other):
        answering.take(each, Text("text"))
    gone = delete(Conversation).where(Conversation.public_id == conversation)
    stage.records.write(lambda: db.session.execute(gone))

    stage.flush()

    assert answer.settled.is_set()
    assert stage.records.message(other.public_id).content == "text"


def test_a_second_writer_takes_only_its_own_answer_down(
    stage: Stage, cast: Cast, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    robbed = stage.begin(conversation, cast.olive)
    other = stage.begin(stage.records.conversation(cast.olive), cast.olive)
    entry = Addition(robbed.message_id, 1, "somebody else's", "")
    stage.records.write(lambda: insert_entries([entry]))
    for answer in (robbed, other):
        answering.take(answer, Text("mine"))

    stage.flush()

    assert stage.records.message(robbed.public_id).content == "somebody else's"
    assert stage.records.message(other.public_id).content == "mine"
    assert robbed.settled.is_set() and not other.settled.is_set()
    assert "not ours to write any more" in caplog.text
