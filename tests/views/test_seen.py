"""Opening a page changes nothing; what is seen without scripts is told by an image."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from app.events.shapes import PersonPayload
from app.extensions import db
from app.models import Membership
from app.providers import Text
from app.views.avatars import HUES, hue, initials
from app.views.formatting import capped
from app.views.seen import first_new, last_ended, seen_by
from tests.support.browser import Browser
from tests.support.cast import Cast, Person
from tests.support.harness import Harness

IMAGE = re.compile(r'<noscript><img class="seen-image" src="([^"]+)"')
SEEN = re.compile(r"data-seen>.*?Seen by ([^<]+)<", re.DOTALL)


class Shown(NamedTuple):
    """A message on a page, as far as these functions look at it."""

    position: int
    sender: str | None = None
    status: str = "complete"

    @property
    def id(self) -> str:
        return f"m{self.position}"


def person(sender: str, read: int) -> PersonPayload:
    return {"name": sender.title(), "sender": sender, "role": "member", "read": read}


@pytest.fixture
def olive(harness: Harness, cast: Cast) -> Browser:
    """Olive's browser."""
    return Browser(harness.app).signed_in(cast.olive)


def read_by(harness: Harness, who: Person) -> int:
    mark = db.select(Membership.read_position).where(Membership.user_id == harness.user(who))
    return harness.database.read(lambda: db.session.scalars(mark).one())


def test_opening_a_page_marks_nothing_and_the_image_in_it_does(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    harness.answered(conversation, cast.max, Text("Because."))
    harness.ask(conversation, cast.max, "And now?")
    here = f"/conversations/{conversation}"
    assert not IMAGE.search(olive.open(f"{here}?before=2").text), "that is an earlier page"
    page = olive.open(here, headers={"Sec-Purpose": "prefetch"}).text
    harness.run_later()
    assert read_by(harness, cast.olive) == 0

    [image] = IMAGE.findall(page)
    response = olive.open(image.replace("&amp;", "&"))

    assert (response.status_code, response.headers["Cache-Control"]) == (204, "no-store")
    assert read_by(harness, cast.olive) == 3, "the answer that streams is not read yet"
    assert not IMAGE.search(olive.open(here).text), "there is nothing new to mark"
    assert 'data-state="streaming"' in olive.open("/conversations").text


@pytest.mark.parametrize("position", ["-1", "x", str(10**30)])
def test_a_position_that_is_none_is_refused(
    conversation: str, olive: Browser, position: str
) -> None:
    seen = olive.open(f"/conversations/{conversation}/seen?position={position}")
    assert seen.status_code == 400


def test_a_mark_moves_forward_only_and_no_further_than_there_are_messages(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    harness.answered(conversation, cast.max)
    for position, read in ((1, 1), (0, 1), (999, 2), (1, 2)):
        olive.open(f"/conversations/{conversation}/seen?position={position}")
        assert read_by(harness, cast.olive) == read


def test_a_page_shows_who_has_seen_what_and_what_is_new(
    harness: Harness, cast: Cast, conversation: str, olive: Browser
) -> None:
    harness.answered(conversation, cast.max)
    for reader in (cast.olive, cast.max):
        ack = harness.reader(reader).ask("read", {"conversation": conversation, "position": 2})
        assert ack["ok"]
    harness.answered(conversation, cast.max)
    here = f"/conversations/{conversation}"
    page = olive.open(here).text
    before, mark, after = page.partition("data-new-mark")
    assert mark
    assert SEEN.findall(before) == ["Max"]
    assert not SEEN.search(after)
    assert before.count("<article") == 2
    assert "data-new-mark" not in olive.open(f"{here}?again=1").text
    alone = harness.database.conversation(cast.olive)
    harness.answered(alone, cast.olive)
    assert not SEEN.search(olive.open(f"/conversations/{alone}").text)


def test_each_person_is_below_the_last_message_that_they_have_read() -> None:
    messages = [Shown(3), Shown(5), Shown(6)]
    people = [person("me", 6), person("ada", 5), person("bo", 9), person("cy", 2), person("di", 4)]
    marks = {id: [p["name"] for p in all] for id, all in seen_by(messages, people, "me").items()}
    assert marks == {"m5": ["Ada"], "m6": ["Bo"], "m3": ["Di"]}
    assert seen_by([], people, "me") == {}


def test_what_is_new_begins_with_somebody_elses_message_that_has_ended() -> None:
    mine, theirs = Shown(4, "me"), Shown(5, "ada")
    assert first_new([Shown(3), mine, theirs, Shown(6)], 3, "me") == "m5"
    assert first_new([mine, theirs], 0, "me") is None, "all of it is new"
    assert first_new([mine, theirs], 5, "me") is None
    assert first_new([mine, Shown(5, None, "streaming")], 3, "me") is None


def test_what_streams_is_not_read_yet() -> None:
    assert last_ended([Shown(3), Shown(4, None, "streaming"), Shown(5)], 5) == 3
    assert last_ended([Shown(3)], 4) == 4


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada", "A"),
        ("Ada Lovelace", "AL"),
        ("ada  king of lovelace", "AL"),
        ("Ada Ada", "A"),
        ("éva ßen", "ÉSS"),
        ("  ", ""),
        ("👩‍👩‍👧 x", "👩X"),
    ],
)
def test_initials(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_a_colour_is_one_of_those_in_the_style() -> None:
    assert {hue(f"sender-{number}") for number in range(100)} == set(range(HUES))


def test_a_number_of_new_messages_is_short() -> None:
    assert [capped(number) for number in (1, 99, 100, 1000)] == ["1", "99", "99+", "99+"]
