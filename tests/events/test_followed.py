"""What a process finds in the database for its readers while other processes' events don't come."""

from __future__ import annotations

from typing import Any

import pytest

from app import counts, replies
from app.events import emit, followed
from app.events.followed import Followed
from app.extensions import db
from app.models import Conversation
from app.models.conversation import room_of
from app.models.heads import read_growth, read_heads
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Event, Socket
from tests.support.statements import executed

FOLLOW = {"archived": False, "follow": True}


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose what is emitted to all processes, as if another one had emitted it."""
    arrives = emit._emit_to

    def emit_to(room: str, event: str, payload: Any, *, local: bool) -> None:
        if local:
            arrives(room, event, payload, local=True)

    monkeypatch.setattr(emit, "_emit_to", emit_to)


class Process:
    """The process of the readers, with Olive and Max in a conversation."""

    def __init__(self, harness: Harness, cast: Cast, conversation: str) -> None:
        self.harness, self.cast, self.conversation = harness, cast, conversation
        self.followed = Followed()
        self.reader = harness.reader(cast.max, conversation)

    def look(self, *in_step: str) -> list[Event]:
        """Look, and return what Max received."""
        self.reader.received()
        self.followed.look([room_of(each) for each in in_step])
        return self.reader.received()


@pytest.fixture
def process(harness: Harness, cast: Cast, conversation: str) -> Process:
    return Process(harness, cast, conversation)


def heads_in(events: list[Event]) -> list[tuple[int, int, int]]:
    """Return the entry, the position and the revision of each chunk without text."""
    named = [data for name, data in events if name == "chunk" and "position" in data]
    assert all(data["since"] == data["seq"] and "content" not in data for data in named)
    return [(data["seq"], data["position"], data["revision"]) for data in named]


@pytest.mark.usefixtures("lost")
def test_text_of_another_process_is_sent_from_the_second_look_on(process: Process) -> None:
    harness = process.harness
    answer = harness.begin(process.conversation, process.cast.olive)
    harness.say(answer, "One ")
    assert heads_in(process.look()) == [(1, 2, 0)], "what there is"
    assert process.look() == [], "nothing has changed"
    harness.say(answer, "two ")
    harness.say(answer, "three ")
    events = process.look()
    assert heads_in(events) == [] and {name for name, _ in events} == {"chunk"}
    assert [(each["since"], each["seq"], each["content"]) for _, each in events] == [
        (1, 2, "two "),
        (2, 3, "three "),
    ]
    answer.end("complete")  # type: ignore[arg-type]
    harness.flush()
    assert heads_in(process.look()) == [(4, 2, 0)], "its end, for which readers join"


@pytest.mark.usefixtures("lost")
def test_whoever_gets_chunks_is_told_when_no_more_come(process: Process) -> None:
    """What is new may be on its way to them; and if it is not, it must not be forgotten."""
    harness, where = process.harness, process.conversation
    answer = harness.begin(where, process.cast.olive)
    process.look()
    for _ in range(2):
        harness.say(answer, "more ")
        assert process.look(where) == []
    assert [data["seq"] for _, data in process.look()] == [1, 2]
    assert process.look() == []


@pytest.mark.usefixtures("lost")
def test_of_much_text_only_the_end_is_named(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = process.harness
    monkeypatch.setattr(followed, "ENTRIES_AT_ONCE", 2)
    answer = harness.begin(process.conversation, process.cast.olive)
    process.look()
    for _ in range(3):
        harness.say(answer, "more ")
    assert heads_in(process.look()) == [(3, 2, 0)]


@pytest.mark.usefixtures("lost")
def test_other_changes_are_named_or_lead_to_a_join(process: Process) -> None:
    harness, cast, where = process.harness, process.cast, process.conversation
    assert process.look() == [], "nobody has written anything"
    question = harness.ask(where, cast.olive)
    assert heads_in(process.look()) == [(0, 2, 0)]
    harness.later.clear()
    key = harness.message_key(question)
    replies.stop(key, harness.user(cast.olive))
    assert heads_in(process.look()) == [(1, 2, 0)]
    replies.retry(harness.key(where), question, harness.user(cast.olive))
    assert heads_in(process.look()) == [(0, 3, 1)]
    question = harness.database.messages(where)[0].id
    before = counts.REJOINS.values["without_redis"]
    replies.react(harness.message_key(question), harness.user(cast.olive), "👍", on=True)
    assert [name for name, _ in process.look()] == ["rejoin"]
    assert counts.REJOINS.values["without_redis"] == before + 1


@pytest.mark.usefixtures("lost")
def test_rooms_that_were_subscribed_to_late_are_named_once(process: Process) -> None:
    harness, where = process.harness, process.conversation
    other = harness.database.conversation(process.cast.max)
    harness.ask(where, process.cast.olive)
    process.reader.received()
    process.followed.name([room_of(where), room_of(other), "list:1"])
    assert heads_in(process.reader.received()) == [(0, 2, 0)]
    assert heads_in(process.look()) == [(0, 2, 0)], "a look begins anew"


@pytest.mark.usefixtures("lost")
def test_many_conversations_are_read_some_at_a_time(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness, cast = process.harness, process.cast
    monkeypatch.setattr(followed, "HEADS_AT_ONCE", 2)
    conversations = [harness.database.conversation(cast.olive) for _ in range(5)]
    readers = [harness.reader(cast.olive, each) for each in conversations]
    for each in conversations:
        harness.ask(each, cast.olive)
    for reader in readers:
        reader.received()
    process.look()
    assert [heads_in(reader.received()) for reader in readers] == [[(0, 2, 0)]] * 5


def test_a_look_takes_few_statements_and_reads_no_whole_table(harness: Harness, cast: Cast) -> None:
    def look(amount: int) -> int:
        conversations = [harness.database.conversation(cast.olive) for _ in range(amount)]
        answers = [harness.begin(each, cast.olive) for each in conversations]
        since = {harness.message_key(answer.public_id): 0 for answer in answers}
        for answer in answers:
            harness.say(answer, "Yes. ")
        with executed() as statements:
            assert len(read_heads(conversations)) == len(read_growth(since)) == amount
        assert {each.text: each.scans() for each in statements} == {
            each.text: [] for each in statements
        }
        return len(statements)

    assert look(2) == look(9) <= 3


@pytest.mark.usefixtures("lost")
def test_lists_show_what_others_have_asked_and_answered(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    here = Followed()
    follower = harness.reader(cast.max)
    assert follower.ask("conversations", FOLLOW)["ok"]
    assert harness.answered(conversation, cast.olive)
    follower.received()
    here.look([])
    assert listed(follower) == [(conversation, 2, None)], "the last messages count as new"
    answer = harness.begin(conversation, cast.olive)
    here.look([])
    assert listed(follower) == [(conversation, 4, True)]
    here.look([])
    assert listed(follower) == []
    answer.end("complete")  # type: ignore[arg-type]
    harness.flush()
    here.look([])
    assert listed(follower) == [(conversation, 4, None)]


@pytest.mark.usefixtures("lost")
def test_a_list_that_was_subscribed_to_late_shows_what_is_new(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    follower = harness.reader(cast.max)
    assert follower.ask("conversations", FOLLOW)["ok"]
    harness.ask(conversation, cast.olive)
    Followed().name({f"list:{harness.user(cast.max)}"})
    assert listed(follower) == [(conversation, 2, True)]


def listed(follower: Socket) -> list[tuple[str, int, bool | None]]:
    events = [data for name, data in follower.received() if name == "listed"]
    return [(each["conversation"], each["position"], each.get("streaming")) for each in events]


def test_a_deleted_conversation_has_no_head(harness: Harness, conversation: str) -> None:
    key = harness.key(conversation)
    harness.database.write(lambda: db.session.get_one(Conversation, key).delete())
    assert harness.database.read(lambda: read_heads([conversation])) == []
