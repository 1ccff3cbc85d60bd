"""A user's conversations: newest first, in pages, and with summaries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.errors import Conflict, Invalid
from app.events.payloads import listing_payload
from app.extensions import db
from app.models import Conversation, Membership, Message, Role, Status
from app.models.columns import now
from app.models.listing import MAX_UNREAD, PAGE_CONVERSATIONS, Listed, conversations_of
from app.models.membership import MAX_PINNED
from app.providers import Text
from app.replies import generation, requests
from tests.support.cast import Cast, Person
from tests.support.harness import Harness


def page(harness: Harness, user_id: int, before: str | None = None) -> tuple[list[str], str | None]:
    def work() -> tuple[list[str], str | None]:
        listing = conversations_of(user_id, before)
        return [listed.conversation.public_id for listed in listing.conversations], listing.next

    return harness.database.read(work)


def test_the_most_recently_updated_conversation_is_first(harness: Harness, cast: Cast) -> None:
    older, newer = (harness.database.conversation(cast.olive) for _ in range(2))
    user = harness.user(cast.olive)
    assert page(harness, user) == ([newer, older], None)
    harness.ask(older, cast.olive)
    assert page(harness, user) == ([older, newer], None)


def test_pages_neither_overlap_nor_skip_when_times_are_equal(harness: Harness, cast: Cast) -> None:
    made = [harness.database.conversation(cast.olive) for _ in range(2 * PAGE_CONVERSATIONS + 1)]
    same = db.update(Conversation).values(updated_at=now() - timedelta(days=1))
    harness.database.write(lambda: db.session.execute(same))
    user = harness.user(cast.olive)

    first, token = page(harness, user)
    second, next_token = page(harness, user, token)
    third, end = page(harness, user, next_token)

    assert first + second + third == made[::-1]
    assert (len(first), len(second), end) == (PAGE_CONVERSATIONS, PAGE_CONVERSATIONS, None)


def test_a_full_last_page_has_no_page_token(harness: Harness, cast: Cast) -> None:
    for _ in range(PAGE_CONVERSATIONS):
        harness.database.conversation(cast.olive)
    listed, token = page(harness, harness.user(cast.olive))
    assert (len(listed), token) == (PAGE_CONVERSATIONS, None)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "~",
        "yesterday~1",
        "2026-01-01T00:00:00+00:00~x",
        f"{10**400}",
        "2026-01-01~1~2",
        "2026-01-01T00:00:00~1",
        "2026-01-01T00:00:00+23:00~1",
        "2026-02-30T00:00:00+00:00~1",
        "2026-01-01T00:00:00+00:00~-1",
        "2026-01-01T00:00:00+00:00~9999999999999999999999",
    ],
)
def test_an_invalid_page_token_is_refused(harness: Harness, cast: Cast, token: str) -> None:
    with pytest.raises(Invalid, match=r"^before: "):
        page(harness, harness.user(cast.olive), token)


@pytest.mark.parametrize("time", ["2026-01-01T00:00:00", "2026-01-01T00:00:00.000001"])
def test_a_well_formed_page_token_is_accepted(harness: Harness, cast: Cast, time: str) -> None:
    assert page(harness, harness.user(cast.olive), f"{time}+00:00~{2**53 - 1}") == ([], None)


Look = Callable[[Listed], object]


def look(
    harness: Harness, person: Person, what: Look, archived: bool | None = False
) -> list[object]:
    """Return something of each conversation in a person's list."""
    user = harness.user(person)
    listing = lambda: conversations_of(user, archived=archived).conversations  # noqa: E731
    return harness.database.read(lambda: [what(listed) for listed in listing()])


def change(harness: Harness, conversation: str, work: Callable[[Conversation], object]) -> None:
    """Change a conversation in a transaction."""
    key = harness.key(conversation)
    harness.database.write(lambda: work(db.session.get_one(Conversation, key)))


def title(listed: Listed) -> str:
    return listed.conversation.title


def test_a_row_has_the_members_and_whether_an_answer_streams(harness: Harness, cast: Cast) -> None:
    harness.database.conversation(cast.olive)
    busy = harness.database.conversation(cast.max, cast.olive)
    harness.ask(busy, cast.olive)
    rows = look(harness, cast.olive, lambda listed: (listed.members, listed.is_streaming))
    assert rows == [(["Max", "Olive"], True), (["Olive"], False)]


def test_a_row_has_the_beginning_of_the_last_text(harness: Harness, cast: Cast) -> None:
    where = harness.database.conversation(cast.olive)

    def snippets() -> list[object]:
        return look(harness, cast.olive, lambda listed: listed.snippet)

    assert snippets() == [""]
    answer = harness.begin(where, cast.olive, "# Why\n\n**is** it `so`?")
    assert snippets() == ["Why is it so?"], "an answer that streams has no text here yet"
    generation.add_event(answer, Text("- [Because](http://x.example) " + "a" * 500))
    answer.end(Status.COMPLETE)
    harness.flush()
    [snippet] = snippets()
    assert str(snippet).startswith("Because aaa") and len(str(snippet)) == 140


def test_what_is_pinned_comes_first_and_what_is_archived_is_elsewhere(
    harness: Harness, cast: Cast
) -> None:
    user = harness.user(cast.olive)
    made = {name: harness.database.conversation(cast.olive, title=name) for name in "abcd"}
    change(harness, made["a"], lambda here: here.pin(user, True))
    change(harness, made["c"], lambda here: here.archive(user, True))
    assert look(harness, cast.olive, title) == ["a", "d", "b"]
    assert look(harness, cast.olive, title, archived=True) == ["c"]
    assert look(harness, cast.olive, title, archived=None) == ["d", "c", "b", "a"]


def test_pinning_takes_out_of_the_archive_and_archiving_unpins(
    harness: Harness, cast: Cast
) -> None:
    user = harness.user(cast.olive)
    where = harness.database.conversation(cast.olive)

    def flags() -> list[object]:
        def of(listed: Listed) -> tuple[bool, bool]:
            return listed.membership.pinned, listed.membership.archived

        return look(harness, cast.olive, of, archived=None)

    change(harness, where, lambda here: here.archive(user, True))
    change(harness, where, lambda here: here.pin(user, True))
    assert flags() == [(True, False)]
    change(harness, where, lambda here: here.archive(user, True))
    assert flags() == [(False, True)]
    change(harness, where, lambda here: here.pin(user, False))
    assert flags() == [(False, True)], "unpinning leaves it in the archive"
    change(harness, where, lambda here: here.archive(user, False))
    assert flags() == [(False, False)]


def test_pinned_conversations_are_beside_the_first_page(harness: Harness, cast: Cast) -> None:
    user = harness.user(cast.olive)
    pinned = harness.database.conversation(cast.olive, title="pinned")
    change(harness, pinned, lambda here: here.pin(user, True))
    for _ in range(PAGE_CONVERSATIONS + 1):
        harness.database.conversation(cast.olive)

    def pages() -> list[list[str]]:
        first = conversations_of(user, archived=False)
        second = conversations_of(user, first.next, archived=False)
        return [[title(listed) for listed in page.conversations] for page in (first, second)]

    tests = ["Tests"] * PAGE_CONVERSATIONS
    assert harness.database.read(pages) == [["pinned", *tests], ["Tests"]]


def test_no_more_can_be_pinned_than_a_page_shows(harness: Harness, cast: Cast) -> None:
    user = harness.user(cast.olive)
    made = [harness.database.conversation(cast.olive) for _ in range(MAX_PINNED + 1)]
    for where in made[:-1]:
        change(harness, where, lambda here: here.pin(user, True))
    with pytest.raises(Conflict, match="50"):
        change(harness, made[-1], lambda here: here.pin(user, True))
    change(harness, made[0], lambda here: here.pin(user, True))  # already pinned: nothing changes
    change(harness, made[0], lambda here: here.pin(user, False))
    change(harness, made[-1], lambda here: here.pin(user, True))


def test_what_nobody_wrote_in_is_in_no_list_but_that_of_all(harness: Harness, cast: Cast) -> None:
    unused = harness.database.conversation(cast.olive, title="")
    shared = harness.database.conversation(cast.olive, cast.max, title="")
    assert look(harness, cast.olive, lambda one: one.conversation.public_id) == [shared]
    everything = look(harness, cast.olive, lambda one: one.conversation.public_id, archived=None)
    assert everything == [shared, unused]
    harness.ask(unused, cast.olive)
    assert look(harness, cast.olive, lambda one: one.conversation.public_id)[0] == unused


def test_what_was_deleted_is_in_no_list(harness: Harness, cast: Cast) -> None:
    where = harness.database.conversation(cast.olive)
    change(harness, where, lambda here: here.delete())
    assert look(harness, cast.olive, title, archived=None) == []
    change(harness, where, lambda here: here.restore(harness.user(cast.olive)))
    assert look(harness, cast.olive, title) == ["Tests"]


def test_every_change_of_a_row_makes_its_version_greater(harness: Harness, cast: Cast) -> None:
    olive, max_ = harness.user(cast.olive), harness.user(cast.max)
    where = harness.database.conversation(cast.olive)
    key = harness.key(where)
    versions: list[int] = []

    def grew() -> None:
        [version] = look(harness, cast.olive, lambda listed: listed.version, archived=None)
        versions.append(int(str(version)))

    grew()
    for work in (
        lambda here: here.rename("Other"),
        lambda here: here.pin(olive, True),
        lambda here: here.archive(olive, True),
        lambda here: here.add_member(max_),
        lambda here: here.remove_member(max_),
    ):
        change(harness, where, work)
        grew()
    answer = harness.begin(where, cast.olive)
    grew()
    harness.database.write(lambda: Membership.mark_read(key, olive, 1))
    grew()
    answer.end(Status.COMPLETE)
    harness.flush()
    grew()
    requests.retry(key, answer.public_id, olive)
    grew()
    change(harness, where, lambda here: here.delete())
    change(harness, where, lambda here: here.restore(olive))
    grew()
    assert versions == sorted(set(versions))


def test_a_member_who_comes_back_has_a_greater_version(harness: Harness, cast: Cast) -> None:
    where = harness.database.conversation(cast.olive, cast.max)
    user = harness.user(cast.max)

    def version() -> int:
        [found] = look(harness, cast.max, lambda listed: listed.version)
        return int(str(found))

    for pinned in (True, False, True):
        change(harness, where, lambda here, pinned=pinned: here.pin(user, pinned))  # type: ignore[misc]
    before = version()
    change(harness, where, lambda here: here.remove_member(user))
    change(harness, where, lambda here: here.add_member(user))
    assert version() > before


def test_a_list_takes_as_many_statements_for_many_rows_as_for_one(
    harness: Harness, cast: Cast
) -> None:
    user = harness.user(cast.olive)

    def statements() -> int:
        counted: list[str] = []

        def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            counted.append(statement)

        event.listen(db.engine, "before_cursor_execute", count)
        try:
            harness.database.read(lambda: listing_payload(conversations_of(user, archived=False)))
        finally:
            event.remove(db.engine, "before_cursor_execute", count)
        return len([each for each in counted if not each.startswith("BEGIN")])

    harness.ask(harness.database.conversation(cast.olive), cast.olive)
    one = statements()
    for _ in range(30):
        harness.ask(harness.database.conversation(cast.olive), cast.olive)
    assert statements() == one <= 4


def test_a_page_looks_at_the_messages_of_its_own_conversations_alone(
    harness: Harness, cast: Cast
) -> None:
    user = harness.user(cast.olive)

    def fill(count: int) -> None:
        for _ in range(count):
            here = Conversation.start(user, "Tests", "demo")
            Message.add(here, Role.USER, "And?", author_id=user)

    def steps() -> int:
        taken: list[int] = []
        connection: Any = db.session.connection().connection.driver_connection
        connection.set_progress_handler(lambda: taken.append(1), 1)
        conversations_of(user, archived=False)
        connection.set_progress_handler(None, 0)
        return len(taken)

    harness.database.write(lambda: fill(2 * PAGE_CONVERSATIONS))
    few = harness.database.read(steps)
    harness.database.write(lambda: fill(2 * PAGE_CONVERSATIONS))
    each = (harness.database.read(steps) - few) / (2 * PAGE_CONVERSATIONS)
    assert each < 70, "SQLite takes 37 steps to sort one in, and 80 more to look at its messages"


def test_what_is_new_is_counted_without_ones_own_messages_and_without_what_streams(
    harness: Harness, cast: Cast
) -> None:
    where = harness.database.conversation(cast.olive, cast.max)
    key, olive, max = harness.key(where), harness.user(cast.olive), harness.user(cast.max)

    def unread() -> list[int]:
        listed = lambda user: conversations_of(user).conversations[0].unread  # noqa: E731
        return [harness.database.read(lambda user=user: listed(user)) for user in (olive, max)]

    harness.answered(where, cast.olive, Text("One."))
    assert unread() == [1, 2]
    answer = harness.begin(where, cast.max)
    assert unread() == [2, 2], "an answer that streams is not counted yet"
    answer.end(Status.COMPLETE)
    harness.flush()
    assert unread() == [3, 3]
    requests.mark_read(key, olive, 2)
    assert unread() == [2, 3]
    last = harness.database.messages(where)[-1].id
    requests.retry(key, last, olive)
    assert unread() == [1, 2], "what is hidden is not counted"
    requests.mark_read(key, olive, 10**6)
    assert unread() == [0, 2]


def test_no_more_than_a_hundred_new_messages_are_counted(harness: Harness, cast: Cast) -> None:
    where = harness.database.conversation(cast.olive, cast.max)
    key, max = harness.key(where), harness.user(cast.max)

    def work() -> None:
        here = db.session.get_one(Conversation, key)
        for _ in range(MAX_UNREAD + 5):
            Message.add(here, Role.USER, "?", seq=1, content_html="<p>?</p>", author_id=max)

    harness.database.write(work)
    look(harness, cast.olive, lambda listed: listed.unread)
    assert look(harness, cast.olive, lambda listed: listed.unread) == [MAX_UNREAD]
    assert look(harness, cast.max, lambda listed: listed.unread) == [0]
