"""What the beat commits is broadcast, and nothing else is."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, event, update

from app.errors import Unavailable
from app.extensions import db
from app.models import Conversation, Message, Status
from app.models.log import Delta, append
from app.providers import Text, Thinking, Usage
from app.replies import commit_failures, generation, group_commit
from tests.support.cast import Cast
from tests.support.harness import Harness


def test_all_that_came_since_the_last_beat_is_one_entry(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    for said in (Thinking("H"), Thinking("m"), Text("Hel"), Text("lo")):
        generation.add_event(answer, said)

    harness.flush()

    [(name, chunk)] = max.received()
    assert (name, chunk["since"], chunk["seq"]) == ("chunk", 0, 1)
    assert (chunk["thinking"], chunk["content"]) == ("Hm", "Hello")
    assert harness.database.entries(answer.public_id) == 1


def test_the_answers_of_a_process_share_one_transaction(harness: Harness, cast: Cast) -> None:
    answers = [
        harness.begin(harness.database.conversation(cast.olive), cast.olive) for _ in range(5)
    ]
    for answer in answers:
        generation.add_event(answer, Text("Hi"))
    commits: list[object] = []
    event.listen(db.engine, "commit", commits.append)

    harness.flush()

    assert len(commits) == 1
    assert all(harness.database.message(answer.public_id).content == "Hi" for answer in answers)


def test_without_news_nothing_is_written(harness: Harness, cast: Cast, conversation: str) -> None:
    harness.begin(conversation, cast.olive)
    commits: list[object] = []
    event.listen(db.engine, "commit", commits.append)
    harness.flush()
    assert commits == []


def test_the_end_carries_the_last_text(harness: Harness, cast: Cast, conversation: str) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    generation.add_event(answer, Text("Hel"))
    harness.flush()
    generation.add_event(answer, Text("lo"))
    generation.add_event(answer, Usage(3, 5))
    answer.end(Status.COMPLETE)

    harness.flush()

    (_, chunk), (name, end) = max.received()
    assert (chunk["content"], chunk["status"]) == ("Hel", "streaming")
    assert (name, end["since"], end["seq"]) == ("streaming_end", 1, 2)
    assert (end["content"], end["status"]) == ("lo", "complete")
    stored = harness.database.message(answer.public_id)
    assert (stored.content, stored.seq) == ("Hello", 2)
    assert answer.finished.is_set()
    assert harness.runtime.group_commit.answers == {}


def test_nothing_is_sent_that_is_not_committed(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    generation.add_event(answer, Text("Hi"))

    def fails(*_: object, **_options: object) -> None:
        raise Unavailable()

    with monkeypatch.context() as patch:
        patch.setattr(group_commit, "write", fails)
        patch.setattr(commit_failures, "COMMIT_RETRY_SECONDS", 0)
        harness.flush()
    assert max.received() == []

    harness.flush()
    assert max.names() == ["chunk"]


def test_what_somebody_else_has_ended_is_let_go_of_unsent(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    generation.add_event(answer, Text("too late"))
    cancelled: list[bool] = []
    answer.cancel = lambda: cancelled.append(True)
    end = update(Message).values(status=Status.INTERRUPTED, content="")
    harness.database.write(lambda: db.session.execute(end.where(Message.id == answer.message_id)))

    harness.flush()

    assert max.received() == []
    assert harness.database.message(answer.public_id).content == ""
    assert answer.finished.is_set() and cancelled


def test_so_is_what_was_deleted_with_its_conversation(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.begin(conversation, cast.olive)
    other = harness.begin(harness.database.conversation(cast.olive), cast.olive)
    for each in (answer, other):
        generation.add_event(each, Text("text"))
    gone = delete(Conversation).where(Conversation.public_id == conversation)
    harness.database.write(lambda: db.session.execute(gone))

    harness.flush()

    assert answer.finished.is_set()
    assert harness.database.message(other.public_id).content == "text"


def test_a_second_writer_takes_only_its_own_answer_down(
    harness: Harness, cast: Cast, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    robbed = harness.begin(conversation, cast.olive)
    other = harness.begin(harness.database.conversation(cast.olive), cast.olive)
    entry = Delta(0, 1, "somebody else's", "")
    harness.database.write(lambda: append({robbed.message_id: entry}))
    for answer in (robbed, other):
        generation.add_event(answer, Text("mine"))

    harness.flush()

    assert harness.database.message(robbed.public_id).content == "somebody else's"
    assert harness.database.message(other.public_id).content == "mine"
    assert robbed.finished.is_set() and not other.finished.is_set()
    assert "has another writer" in caplog.text
