"""Whoever is mentioned, or has asked, is told of that wherever a page of theirs is open."""

from __future__ import annotations

from typing import Any

import pytest

from app.events.payloads import sender
from app.extensions import db
from app.models import Conversation, NotificationSettings, Status
from app.models.ending import Ending
from app.models.mentions import mentioned_in
from app.providers import Text
from app.replies import generation
from app.replies.stopping import end_now
from app.sockets.control_events import ControlEventHandler
from tests.support.cast import Cast, Person
from tests.support.harness import Harness
from tests.support.socket import Socket


class Follower:
    """A socket that follows somebody's list."""

    def __init__(self, harness: Harness, person: Person) -> None:
        self.harness, self.socket = harness, Socket(harness.app, person.token)
        assert self.socket.ask("conversations", {"follow": True})["ok"]

    def told(self) -> list[dict[str, Any]]:
        """Return what it was told of since the last call."""
        return [data for name, data in self.socket.received() if name == "notification"]


@pytest.fixture
def people(harness: Harness, cast: Cast, conversation: str) -> dict[str, Follower]:
    everybody = (cast.olive, cast.max, cast.eve, cast.rex)
    return {person.name: Follower(harness, person) for person in everybody}


def say(harness: Harness, conversation: str, person: Person, text: str, **more: Any) -> str:
    """Send a message and let all be told of it; return its id."""
    reader = harness.reader(person, conversation)
    sent = {"conversation": conversation, "content": text, "asks": [], **more}
    message_id = str(reader.ask("send", sent)["id"])
    harness.run_later()
    return message_id


def choose(harness: Harness, person: Person, **choices: bool) -> None:
    user_id = harness.user(person)

    def work() -> None:
        settings = NotificationSettings.of(user_id)
        for name, value in choices.items():
            setattr(settings, name, value)

    harness.database.write(work)


def mute(harness: Harness, conversation: str, person: Person, muted: bool = True) -> None:
    key, user_id = harness.key(conversation), harness.user(person)
    harness.database.write(lambda: db.session.get_one(Conversation, key).mute(user_id, muted))


def test_whoever_is_mentioned_is_told_who_and_where_and_no_text(
    harness: Harness, cast: Cast, conversation: str, people: dict[str, Follower]
) -> None:
    message_id = say(harness, conversation, cast.olive, "Well, @max and @Eve, secret?")
    assert people["Max"].told() == [
        {
            "conversation": conversation,
            "id": message_id,
            "kind": "mention",
            "title": "Tests",
            "by": "Olive",
        }
    ]
    assert all(people[name].told() == [] for name in ("Olive", "Eve", "Rex"))


def test_nobody_is_told_of_a_mention_of_themselves(
    harness: Harness, cast: Cast, conversation: str, people: dict[str, Follower]
) -> None:
    say(harness, conversation, cast.max, "@Max!")
    assert people["Max"].told() == []


def test_nobody_is_told_of_what_they_do_not_want_to_know(
    harness: Harness, cast: Cast, conversation: str, people: dict[str, Follower]
) -> None:
    choose(harness, cast.max, mentions=False)
    say(harness, conversation, cast.olive, "@Max")
    choose(harness, cast.max, mentions=True)
    mute(harness, conversation, cast.max)
    say(harness, conversation, cast.olive, "@Max")
    assert people["Max"].told() == []
    mute(harness, conversation, cast.max, False)
    say(harness, conversation, cast.olive, "@Max")
    assert len(people["Max"].told()) == 1


@pytest.mark.parametrize("status", [Status.COMPLETE, Status.FAILED])
def test_whoever_has_asked_is_told_when_the_answer_has_ended(
    harness: Harness, cast: Cast, conversation: str, people: dict[str, Follower], status: Status
) -> None:
    answer = harness.begin(conversation, cast.max)
    generation.add_event(answer, Text("Yes."))
    answer.end(status)
    harness.flush()
    generation.conclude(answer.message_id)
    (told,) = people["Max"].told()
    assert (told["kind"], told["id"]) == ("answer", answer.public_id)
    assert people["Olive"].told() == []


def test_nobody_is_told_of_an_answer_that_somebody_has_stopped_or_hidden(
    harness: Harness, cast: Cast, conversation: str, people: dict[str, Follower]
) -> None:
    stopped = harness.begin(conversation, cast.max)
    end_now(Ending(stopped.message_id, Status.STOPPED))
    harness.run_later()
    hidden = harness.answered(conversation, cast.max, Text("Yes."))
    harness.reader(cast.max, conversation).ask("retry", {"id": hidden.public_id})
    generation.conclude(hidden.message_id)
    generation.conclude(2**30)  # one that is gone
    assert people["Max"].told() == []


def test_nobody_is_told_of_a_message_that_is_gone(harness: Harness, cast: Cast) -> None:
    assert mentioned_in("0" * 32) is None


def test_a_change_of_muting_is_in_the_list_of_this_person_alone(
    harness: Harness, cast: Cast, conversation: str, people: dict[str, Follower]
) -> None:
    say(harness, conversation, cast.max, "Hi.")
    control = ControlEventHandler()
    control.handle_new()
    for follower in people.values():
        follower.socket.received()
    mute(harness, conversation, cast.max)
    mute(harness, conversation, cast.max)  # twice is once
    control.handle_new()
    listed = {
        name: [data for event, data in each.socket.received() if event == "listed"]
        for name, each in people.items()
    }
    assert [each.get("muted") for each in listed["Max"]] == [True]
    assert not any(each.get("muted") for each in listed["Olive"])
    assert sender(conversation, harness.user(cast.max)) not in str(listed)
