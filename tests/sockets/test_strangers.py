"""A stranger with a share link reads along what the link shows, and gets nothing else."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.auth.identity import SIGN_IN
from app.auth.revocations import revocations
from app.config import current_config
from app.events import rooms, sharing
from app.events.sharing import ANSWER_TITLE, SOMEBODY
from app.extensions import db
from app.models import Conversation, Message, Role, SignIn, Status
from app.models.columns import now
from app.providers import Text, Thinking
from app.replies import generation
from app.sockets import credentials, shared_catch_up, strangers
from app.sockets.control_events import ControlEventHandler
from app.sockets.namespace import Conversations
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.sharing import Stranger, found, revoke, share
from tests.support.socket import Socket

PROGRESS = {"id", "conversation", "since", "seq", "content", "status", "note"}
MESSAGE = PROGRESS | {"position", "revision", "role", "author", "model", "created_at"}
ALLOWED = {
    "message": MESSAGE,
    "current_state": PROGRESS,
    "chunk": PROGRESS,
    "streaming_end": PROGRESS,
    "removed": {"conversation", "ids", "revision"},
    "conversation": {"conversation", "title", "members", "position", "revision"},
    "rejoin": {"conversation"},
}
ACK = {"ok", "conversation", "title", "members", "position", "revision", "reload"}


class Shared:
    """A conversation in which anything happens, and a stranger for each kind of link to it."""

    def __init__(self, harness: Harness, cast: Cast) -> None:
        self.harness, self.cast = harness, cast
        harness.runtime.group_commit.answers.clear()
        harness.later.clear()
        self.conversation = harness.database.conversation(cast.olive, cast.max, title="Ours alone")
        self.people = [harness.reader(each, self.conversation) for each in (cast.olive, cast.max)]
        self.control = ControlEventHandler()
        self.control.handle_new()
        self.answer = harness.answered(self.conversation, cast.max, Text("The answer."))
        self.first = harness.message_key(self.answer.public_id)
        secrets = {
            "named": self.share(shows_names=True),
            "unnamed": self.share(),
            "answer": self.share(answer=self.answer.public_id),
        }
        self.secrets = secrets
        self.strangers = {name: Stranger(harness, secret) for name, secret in secrets.items()}
        self.follow()

    def share(self, **options: Any) -> str:
        return share(self.harness.database, self.conversation, self.cast.olive, **options)

    def follow(self) -> None:
        for stranger in self.strangers.values():
            stranger.follow()

    def do(self, action: str, nth: int) -> None:
        getattr(self, action)(self.people[nth % 2], nth)
        self.control.handle_new()

    def send(self, reader: Socket, nth: int) -> None:
        self._ask(reader, "send", conversation=self.conversation, content=f"@Max, question {nth}?")

    def edit(self, reader: Socket, nth: int) -> None:
        questions = [each for each in self.shown() if each.role == Role.USER]
        self._ask(reader, "edit", id=questions[nth % len(questions)].public_id, content=f"{nth}!")

    def retry(self, reader: Socket, _nth: int) -> None:
        answers = [each for each in self.shown() if each.role == Role.ASSISTANT]
        if answers:
            self._ask(reader, "retry", id=answers[-1].public_id)

    def choose(self, reader: Socket, nth: int) -> None:
        if versioned := [each for each in self.shown() if each.versions > 1]:
            message = versioned[nth % len(versioned)]
            version = 1 + nth // len(versioned) % message.versions
            self._ask(reader, "choose", id=message.public_id, version=version)

    def stop(self, reader: Socket, _nth: int) -> None:
        for each in self.shown():
            if each.is_streaming:
                self._ask(reader, "stop", id=each.public_id)

    def think(self, _reader: Socket, nth: int) -> None:
        self._add(Thinking(f"secret thought {nth} "))

    def say(self, _reader: Socket, nth: int) -> None:
        self._add(Text(f"words {nth} "))

    def end(self, _reader: Socket, nth: int) -> None:
        for answer in list(self.harness.runtime.group_commit.answers.values()):
            if nth % 2:
                answer.fail("No money.")
            else:
                answer.end(Status.COMPLETE)
        self.harness.flush()
        self._start_answers()

    def rename(self, _reader: Socket, nth: int) -> None:
        key = self.harness.key(self.conversation)
        self.harness.database.write(
            lambda: db.session.get_one(Conversation, key).rename(f"Title {nth}")
        )

    def be_present(self, reader: Socket, _nth: int) -> None:
        reader.ask("presence", {"conversation": self.conversation})
        reader.ask("typing", {"conversation": self.conversation})
        reader.ask("read", {"conversation": self.conversation, "position": 1})
        self.harness.app.extensions["presence"].tell()

    def leave(self, _reader: Socket, _nth: int) -> None:
        database = self.harness.database
        database.remove_member(self.conversation, self.cast.max)
        self.control.handle_new()
        database.add_member(self.conversation, self.cast.max)
        self.people[1].ask("join", {"conversation": self.conversation})

    def catch_up(self, _reader: Socket, nth: int) -> None:
        name = list(self.strangers)[nth % 3]
        self.strangers[name].follow()

    def shown(self) -> list[Message]:
        """Return the messages that are shown, detached."""
        key = self.harness.key(self.conversation)

        def work() -> list[Message]:
            here = Message.of(db.session.get_one(Conversation, key)).order_by(Message.position)
            rows = list(db.session.scalars(here))
            db.session.expunge_all()
            return rows

        return self.harness.database.read(work)

    def _ask(self, reader: Socket, event: str, **payload: Any) -> None:
        reader.ask(event, payload)
        self._start_answers()

    def _start_answers(self) -> None:
        self.harness.run_later()

    def _add(self, piece: Text | Thinking) -> None:
        for answer in list(self.harness.runtime.group_commit.answers.values()):
            generation.add_event(answer, piece)
        self.harness.flush()


ACTIONS = (
    *("send", "send", "edit", "retry", "choose", "stop", "think", "say", "say", "end"),
    *("rename", "be_present", "leave", "catch_up"),
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(
    steps=[
        *(("send", 0), ("think", 1), ("say", 2), ("catch_up", 0), ("be_present", 0), ("end", 1)),
        *(("retry", 0), ("think", 0), ("stop", 1), ("rename", 3), ("edit", 1), ("say", 5)),
        *(("end", 0), ("choose", 0), ("leave", 0), ("send", 1), ("think", 7)),
    ]
)
@given(steps=st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 11)), max_size=14))
def test_whatever_happens_strangers_get_what_their_link_shows_and_nothing_else(
    harness: Harness, cast: Cast, steps: list[tuple[str, int]]
) -> None:
    here = Shared(harness, cast)
    for action, nth in steps:
        here.do(action, nth)
    here.follow()

    shown = here.shown()
    first = here.first
    for name, stranger in here.strangers.items():
        for event, payload in stranger.received:
            assert set(payload) <= ALLOWED[event], (name, event)
            assert payload["conversation"] == stranger.id
            text = repr(payload)
            assert here.conversation not in text and "secret thought" not in text
            assert "No money" not in text and "Stopped by" not in text
            if name != "named":
                assert payload.get("author") in (None, SOMEBODY)
        assert all(set(ack) <= ACK and ack["members"] == [] for ack in stranger.acks)
        expected = shown if name != "answer" else pair_of(shown, first)
        held = stranger.log.messages
        assert set(held) == {message.public_id for message in expected}
        for message in expected:
            content = harness.database.message(message.public_id).content
            assert held[message.public_id].content == content
            assert held[message.public_id].status == message.status
    others = {each.public_id for each in shown} - {m.public_id for m in pair_of(shown, first)}
    for event, payload in here.strangers["answer"].received:
        assert event not in ("conversation", "removed") and payload.get("id") not in others


def pair_of(shown: list[Message], first: int) -> list[Message]:
    """Return the version of an answer that is shown, after its question."""
    for answer in shown:
        if first in (answer.id, answer.version_of):
            return [each for each in shown if each.id == answer.question_id] + [answer]
    return []


@pytest.fixture
def secret(harness: Harness, cast: Cast, conversation: str) -> str:
    """The secret of a link to a conversation in which one answer streams, and one has ended."""
    harness.answered(conversation, cast.max, Text("Once."))
    harness.begin(conversation, cast.max)
    return share(harness.database, conversation, cast.olive)


def test_a_stranger_can_send_no_other_request(
    harness: Harness, cast: Cast, conversation: str, secret: str
) -> None:
    stranger = Stranger(harness, secret).follow()
    before = harness.database.messages(conversation)
    about = {"conversation": stranger.id, "id": before[1].id, "position": 1, "before": 9}
    events = {name.removeprefix("on_") for name in dir(Conversations) if name.startswith("on_")}
    for event in sorted(events - {"connect", "join"}):
        for where in (stranger.id, conversation):
            payload = {**about, "conversation": where, "content": "?", "version": 1, "follow": True}
            ack = stranger.socket.ask_anything(event, payload)
            assert ack["error"] == "unauthorized", event
    assert harness.database.messages(conversation) == before
    assert stranger.socket.names() == []


def test_a_stranger_can_join_nothing_else(
    harness: Harness, cast: Cast, conversation: str, secret: str
) -> None:
    other = share(harness.database, harness.database.conversation(cast.olive), cast.olive)
    stranger = Stranger(harness, secret)
    for where in (conversation, found(harness.database, other).public_id, "x" * 64):
        ack = stranger.socket.ask("join", {"conversation": where, "after": 0})
        assert ack["error"] == "not_found"
    assert stranger.socket.ask_anything("join", ["?"])["error"] == "invalid"
    assert stranger.socket.names() == []


def test_the_cookie_of_a_stranger_who_is_signed_in_counts_for_nothing(
    harness: Harness, cast: Cast, conversation: str, secret: str
) -> None:
    browser, user_id = harness.app.test_client(), harness.user(cast.olive)
    with browser.session_transaction() as session:
        session[SIGN_IN] = harness.database.write(lambda: SignIn.begin(user_id))
    socket = Socket(harness.app, browser=browser, share=secret)
    assert socket.is_connected
    assert socket.ask("send", {"conversation": conversation, "content": "?"})["error"] == (
        "unauthorized"
    )


@pytest.mark.parametrize("guess", ["", "midstream_share_wrong", "\ud800", "a\0b", "x" * 100_000])
def test_a_wrong_secret_is_refused(harness: Harness, guess: str) -> None:
    assert not Socket(harness.app, share=guess).is_connected


def test_a_link_that_has_ended_is_refused(
    harness: Harness, cast: Cast, conversation: str, secret: str
) -> None:
    late = share(harness.database, conversation, cast.olive, timedelta(seconds=-1))
    revoke(harness.database, secret)
    assert not Socket(harness.app, share=late).is_connected
    assert not Socket(harness.app, share=secret).is_connected


def test_revoking_a_link_closes_its_readers_and_no_others(
    harness: Harness, cast: Cast, conversation: str, secret: str
) -> None:
    control = ControlEventHandler()
    control.handle_new()
    other = Stranger(harness, share(harness.database, conversation, cast.olive)).follow()
    stranger = Stranger(harness, secret).follow()
    revoke(harness.database, secret)
    ack = stranger.socket.ask("join", {"conversation": stranger.id})
    assert ack["error"] == "not_found", "no join is answered, even before its socket is closed"
    control.handle_new()
    assert not stranger.socket.is_connected
    assert other.socket.is_connected
    assert harness.reader(cast.olive, conversation).is_connected


def test_a_link_to_a_deleted_conversation_shows_nothing(
    harness: Harness, cast: Cast, conversation: str, secret: str
) -> None:
    answer = harness.database.messages(conversation)[1].id
    one = share(harness.database, conversation, cast.olive, answer=answer)
    strangers = [Stranger(harness, each).follow() for each in (secret, one)]
    control, key = ControlEventHandler(), harness.key(conversation)
    control.handle_new()
    harness.database.write(lambda: db.session.get_one(Conversation, key).delete())
    control.handle_new()
    for stranger in strangers:
        assert stranger.socket.names() == ["rejoin"]
        ack = stranger.socket.ask("join", {"conversation": stranger.id})
        assert ack["error"] == "not_found"
    assert not Socket(harness.app, share=secret).is_connected


def test_an_expired_link_closes_its_readers(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = share(harness.database, conversation, cast.olive, timedelta(minutes=1))
    stranger = Stranger(harness, soon).follow()
    later = now() + timedelta(minutes=2)
    monkeypatch.setattr(credentials, "now", lambda: later)
    credentials.expirations.close_due()
    assert not stranger.socket.is_connected


def test_there_are_no_more_strangers_than_allowed(
    harness: Harness, cast: Cast, conversation: str, secret: str
) -> None:
    config = current_config()
    other = share(harness.database, conversation, cast.olive)
    for limit in ("max_connections_per_share", "max_connections_of_strangers"):
        object.__setattr__(config, limit, 1)
        first = Socket(harness.app, share=secret)
        assert first.is_connected
        assert not Socket(harness.app, share=secret).is_connected
        is_free = Socket(harness.app, share=other).is_connected
        assert is_free == (limit == "max_connections_per_share")
        rooms.disconnect(None)
        object.__setattr__(config, limit, 500)


def test_members_get_also_what_can_not_be_shown_to_strangers(
    harness: Harness, cast: Cast, conversation: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger, olive = Stranger(harness, secret).follow(), harness.reader(cast.olive, conversation)
    monkeypatch.setattr(sharing, "shown", lambda *_: 1 / 0)
    harness.ask(conversation, cast.olive)
    assert olive.names() == ["message"]
    assert stranger.socket.names() == []
    assert not harness.later, "nobody has to join again"


def test_the_view_of_a_room_ends_with_its_last_reader(
    harness: Harness, cast: Cast, conversation: str, secret: str
) -> None:
    views = rooms.socketio.server.manager.views
    stranger = Stranger(harness, secret).follow()
    assert views.by_room
    rooms.disconnect(stranger.socket.sid)
    assert not views.by_room


def test_an_answer_is_shared_without_the_title_and_the_place_in_its_conversation(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.max, Text("Before."))
    answer = harness.answered(conversation, cast.max, Text("This one."))
    one = share(harness.database, conversation, cast.olive, answer=answer.public_id)
    stranger = Stranger(harness, one).follow()
    assert [message.about["position"] for message in stranger.log.messages.values()] == [1, 2]
    assert stranger.acks[-1]["title"] == ANSWER_TITLE
    assert stranger.acks[-1]["position"] == 2


def test_a_link_to_an_answer_shows_the_version_that_is_shown(harness: Harness, cast: Cast) -> None:
    here = Shared(harness, cast)
    stranger = here.strangers["answer"]
    here.do("retry", 0)
    here.follow()
    here.do("say", 7)
    here.do("end", 0)
    here.follow()
    assert [message.content for message in stranger.log.messages.values()][1] == "words 7 "
    here.do("edit", 1)  # of Max's question: another answer belongs to it
    here.follow()
    assert stranger.log.messages == {}
    assert stranger.acks[-1]["position"] == 0
    here.do("end", 0)
    here.do("choose", 0)  # the question as it was first
    here.follow()
    assert [message.content for message in stranger.log.messages.values()][1] == "words 7 "
    here.do("leave", 0)
    assert ("rejoin", {"conversation": stranger.id}) in stranger.socket.received()


def test_what_an_answer_notes_is_shown_and_who_has_stopped_one_is_not(
    harness: Harness, cast: Cast, conversation: str, secret: str
) -> None:
    stranger = Stranger(harness, secret).follow()
    stopped, *_ = harness.runtime.group_commit.answers.values()
    harness.reader(cast.max, conversation).ask("stop", {"id": stopped.public_id})
    harness.run_later()
    noted = harness.begin(conversation, cast.max)
    noted.note = "It was cut off."
    noted.end(Status.COMPLETE)
    harness.flush()
    stranger.follow()
    messages = stranger.log.messages
    assert (messages[stopped.public_id].status, messages[stopped.public_id].note) == (
        "stopped",
        None,
    )
    assert messages[noted.public_id].note == "It was cut off."


def test_a_join_ends_where_another_version_is_chosen_all_the_time(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = harness.answered(conversation, cast.max, Text("This one."))
    one = share(harness.database, conversation, cast.olive, answer=answer.public_id)
    stranger = Stranger(harness, one)
    numbers = count()
    monkeypatch.setattr(
        shared_catch_up, "_answer", lambda *_: (None, frozenset({str(next(numbers))}))
    )
    ack = stranger.socket.ask("join", {"conversation": stranger.id})
    assert ack["error"] == "unavailable"
    assert next(numbers) == shared_catch_up.TRIES


def test_a_reader_that_believes_that_another_message_streams_is_told_that_it_is_gone(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.max, Text("This one."))
    one = share(harness.database, conversation, cast.olive, answer=answer.public_id)
    stranger = Stranger(harness, one)
    believed = {answer.public_id: 0, "f" * 32: 3}
    stranger.socket.ask("join", {"conversation": stranger.id, "have": believed})
    (_, state), (_, removed) = stranger.socket.received()
    assert (state["id"], state["content"]) == (answer.public_id, "This one.")
    assert removed["ids"] == ["f" * 32]


def test_a_link_that_is_revoked_while_a_socket_is_accepted_is_refused(
    harness: Harness, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Socket(harness.app, share=secret).is_connected

    def revoke_now(*_: Any) -> None:
        revoke(harness.database, secret)
        revocations.closing()  # which finds no socket in the rooms yet

    monkeypatch.setattr(strangers.expirations, "add", revoke_now)
    assert not Socket(harness.app, share=secret).is_connected


def test_a_view_that_nobody_sees_any_more_is_forgotten(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    views = rooms.socketio.server.manager.views
    rooms.add_view(f"conversation:{conversation}", "shared:9", lambda *_: 1 / 0)
    harness.ask(conversation, cast.olive)
    assert not views.by_room
