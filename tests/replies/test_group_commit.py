"""A group commit stores the new text of all answers in one transaction, then sends it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, event, update

from app.errors import Unavailable
from app.extensions import db
from app.models import Conversation, Message, Status
from app.models.appending import append
from app.models.log import Delta
from app.providers import Text, Thinking, Usage
from app.replies import commit_failures, generation, group_commit
from app.replies.in_flight import Answer
from tests.support.cast import Cast
from tests.support.harness import Harness


def test_text_since_the_last_commit_is_one_entry(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    for piece in (Thinking("H"), Thinking("m"), Text("Hel"), Text("lo")):
        generation.add_event(answer, piece)

    harness.flush()

    [(name, chunk)] = max.received()
    assert (name, chunk["since"], chunk["seq"]) == ("chunk", 0, 1)
    assert (chunk["thinking"], chunk["content"]) == ("Hm", "Hello")
    assert harness.database.entries(answer.public_id) == 1


def test_all_answers_of_a_process_share_one_transaction(harness: Harness, cast: Cast) -> None:
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


def test_nothing_is_committed_without_new_text(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.begin(conversation, cast.olive)
    commits: list[object] = []
    event.listen(db.engine, "commit", commits.append)
    harness.flush()
    assert commits == []


def test_the_end_is_sent_with_the_last_text(
    harness: Harness, cast: Cast, conversation: str
) -> None:
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


def test_text_is_sent_only_after_its_commit(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    generation.add_event(answer, Text("Hi"))

    def fails(*_: object, **_options: object) -> None:
        raise Unavailable()

    with monkeypatch.context() as patch:
        patch.setattr(group_commit, "write_directly", fails)
        patch.setattr(commit_failures, "COMMIT_RETRY_SECONDS", 0)
        harness.flush()
    assert max.received() == []

    harness.flush()
    assert max.names() == ["chunk"]


def test_an_answer_ended_elsewhere_is_dropped_without_sending(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    generation.add_event(answer, Text("too late"))
    cancelled: list[bool] = []
    answer.close_stream = lambda: cancelled.append(True)
    end = update(Message).values(status=Status.INTERRUPTED, content="")
    harness.database.write(lambda: db.session.execute(end.where(Message.id == answer.message_id)))

    harness.flush()

    assert max.received() == []
    assert harness.database.message(answer.public_id).content == ""
    assert answer.finished.is_set() and cancelled


def test_an_answer_of_a_deleted_conversation_is_dropped(
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


@pytest.mark.parametrize("ends", [False, True])
def test_a_second_writer_stops_only_the_answer_it_wrote_to(
    harness: Harness, cast: Cast, conversation: str, caplog: pytest.LogCaptureFixture, ends: bool
) -> None:
    answer = harness.begin(conversation, cast.olive)
    other = harness.begin(harness.database.conversation(cast.olive), cast.olive)
    entry = Delta(0, 1, "second writer", "")
    harness.database.write(lambda: append(db.session.connection(), {answer.message_id: entry}))
    for each in (answer, other):
        generation.add_event(each, Text("mine"))
        if ends:
            each.end(Status.COMPLETE)

    harness.flush()

    stored = harness.database.message(answer.public_id)
    assert (stored.status, stored.content) == ("streaming", "second writer")
    stored = harness.database.message(other.public_id)
    assert (stored.status, stored.content) == ("complete" if ends else "streaming", "mine")
    assert (answer.finished.is_set(), other.finished.is_set()) == (True, ends)
    assert "has another writer" in caplog.text


@pytest.fixture
def ended(harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    """Seven ending answers with their last text; one commit ends at most three."""
    monkeypatch.setattr(group_commit, "ENDINGS_PER_COMMIT", 3)
    conversations = [harness.database.conversation(cast.olive) for _ in range(7)]
    answers = [harness.begin(where, cast.olive) for where in conversations]
    for answer in answers:
        generation.add_event(answer, Text("the end"))
        answer.end(Status.COMPLETE)
    return answers


def statuses(harness: Harness, answers: list[Answer]) -> list[Status]:
    return [harness.database.message(answer.public_id).status for answer in answers]


def test_many_endings_are_spread_over_several_commits(
    harness: Harness, ended: list[Answer]
) -> None:
    completed = []
    for _ in range(3):
        harness.flush()
        completed.append(statuses(harness, ended).count(Status.COMPLETE))
    assert completed == [3, 6, 7]


def test_the_first_commit_stores_the_text_of_all_ending_answers(
    harness: Harness, ended: list[Answer]
) -> None:
    harness.flush()
    contents = [harness.database.message(answer.public_id).content for answer in ended]
    assert contents == ["the end"] * 7
    assert all(answer.pieces == [] for answer in ended)


def test_a_commit_wakes_the_next_one_for_remaining_endings(
    harness: Harness, ended: list[Answer]
) -> None:
    wake = harness.runtime.group_commit._wake
    woken = []
    for _ in range(3):
        wake.clear()
        harness.flush()
        woken.append(wake.is_set())
    assert woken == [True, True, False]


def test_long_answers_end_in_commits_of_their_own(
    harness: Harness, ended: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "ENDED_CHARACTERS_PER_COMMIT", 20)
    lengths = [7, 7, 7, 100, 7, 7, 7]
    for answer, length in zip(ended, lengths, strict=True):
        answer.length = length
    completed = []
    for _ in range(4):
        harness.flush()
        completed.append(statuses(harness, ended).count(Status.COMPLETE))
    assert completed == [2, 3, 4, 6]
