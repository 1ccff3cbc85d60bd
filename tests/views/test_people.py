"""The page of a conversation's people, without scripts."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest

from app.events.payloads import sender
from app.extensions import db
from app.models import User
from app.models.columns import now
from app.models.conversation import MAX_MEMBERS, TOO_MANY_MEMBERS
from app.models.people import NO_OWNER
from app.models.user import members_of
from app.sockets.control_events import ControlEventHandler
from app.views.people import IN_IT_ALREADY, LEFT, NO_NAME, NOBODY, OWNER_STAYS, SEVERAL
from app.views.people_page import NOT_IN_IT
from tests.support.browser import Browser
from tests.support.cast import Cast, Person
from tests.support.harness import Harness

ROW = re.compile(r'data-person-role="(\w+)">.*?<bdi>([^<]+)</bdi>(.*?)</li>', re.DOTALL)


@pytest.fixture
def page(conversation: str) -> str:
    return f"/conversations/{conversation}/people"


def people(harness: Harness, conversation: str) -> list[tuple[str, str]]:
    """Return the name and role of each member."""
    key = harness.key(conversation)
    members = harness.database.read(lambda: members_of([key])[key])
    return [(member.name, member.role) for member in members]


def person(harness: Harness, conversation: str, who: Person) -> str:
    """Return what a form calls a member."""
    return sender(conversation, harness.user(who))


def test_everybody_sees_the_people_and_the_owner_forms(
    harness: Harness, cast: Cast, conversation: str, page: str
) -> None:
    olive, max_ = (Browser(harness.app).signed_in(each) for each in (cast.olive, cast.max))
    for browser, me in ((olive, "Olive"), (max_, "Max")):
        rows = ROW.findall(browser.open(page).text)
        assert [(role, name) for role, name, _ in rows] == [("owner", "Olive"), ("member", "Max")]
        assert [name for _, name, rest in rows if "(you)" in rest] == [me]
    assert "Make them the owner" in olive.open(page).text
    assert "<form" not in max_.open(page).text.split("<main")[1].split("Leave")[0]


@pytest.mark.parametrize("who", ["Eve", "eve", "eve@example.org", " EVE@Example.org "])
@pytest.mark.parametrize("role", ["member", "reader"])
def test_the_owner_adds_somebody_by_name_or_address(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, page: str, who: str, role: str
) -> None:
    socket = harness.reader(cast.max, conversation)
    control_events = ControlEventHandler()
    control_events.handle_new()
    assert olive.post(page, form_on=page, who=who, role=role).location == page
    assert people(harness, conversation)[-1] == ("Eve", role)
    control_events.handle_new()
    [data] = [data for name, data in socket.received() if name == "conversation"]
    assert data["members"] == ["Olive", "Max", "Eve"]
    assert [each["role"] for each in data["people"]] == ["owner", "member", role]


def test_somebody_is_added_once(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, page: str
) -> None:
    with ThreadPoolExecutor(4) as pool:
        token_holders = [Browser(harness.app).signed_in(cast.olive) for _ in range(4)]
        answers = list(
            pool.map(lambda each: each.post(page, form_on=page, who="Eve"), token_holders)
        )
    assert sorted(answer.status_code for answer in answers) == [302, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert IN_IT_ALREADY in refused.text and 'value="Eve"' in refused.text
    assert people(harness, conversation).count(("Eve", "member")) == 1


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("nobody@example.org", NOBODY),
        ("Nobody", NOBODY),
        ("'; DROP TABLE user_account", NOBODY),
        ("Max", SEVERAL),
        ("", NO_NAME),
        ("x" * 255, NO_NAME),
        ("a\0b", NO_NAME),
        ("two\nlines", NO_NAME),
        ("Rita", NOBODY),
    ],
)
def test_who_can_not_be_added_is_named_beside_the_field(
    harness: Harness, cast: Cast, olive: Browser, page: str, who: str, sentence: str
) -> None:
    other = harness.database.conversation(cast.eve)
    harness.database.same_name(cast.max, other)
    harness.database.bot("Rita")
    harness.database.write(lambda: disable("rita@example.org"))
    refused = olive.post(page, form_on=page, who=who)
    assert refused.status_code in (400, 409)
    assert sentence in unescape(refused.text)


def disable(email: str) -> None:
    user = User.by_email(email)
    assert user
    user.disable()


def test_a_conversation_can_have_only_so_many_members(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, page: str
) -> None:
    left = MAX_MEMBERS - len(people(harness, conversation))
    for number in range(left):
        harness.database.add_member(conversation, harness.database.bot(f"Guest {number}"))
    refused = olive.post(page, form_on=page, who="Eve")
    assert refused.status_code == 400 and TOO_MANY_MEMBERS in refused.text


def test_a_member_becomes_a_reader_and_a_member_again(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, page: str
) -> None:
    max_ = Browser(harness.app).signed_in(cast.max)
    about = person(harness, conversation, cast.max)
    here = f"/conversations/{conversation}"
    for role, writes in (("reader", "false"), ("reader", "false"), ("member", "true")):
        olive.post(f"{page}/role", form_on=page, person=about, role=role)
        assert ("Max", role) in people(harness, conversation)
        assert f'data-writes="{writes}"' in max_.open(here).text
    for role in ("owner", "king", ""):
        refused = olive.post(f"{page}/role", form_on=page, person=about, role=role)
        assert refused.status_code == 400
    assert ("Max", "member") in people(harness, conversation)


def test_the_owner_hands_over_and_stays_a_member(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, page: str
) -> None:
    about = person(harness, conversation, cast.max)
    assert olive.post(f"{page}/owner", form_on=page, person=about).location == page
    assert people(harness, conversation) == [("Max", "owner"), ("Olive", "member")]
    assert olive.post(f"{page}/owner", form_on=page, person=about).status_code == 403
    assert olive.post(f"{page}/leave", form_on=page).location == "/conversations"
    assert LEFT in olive.open("/conversations").text
    assert LEFT not in olive.open("/conversations").text
    assert people(harness, conversation) == [("Max", "owner")]


def test_a_conversation_is_handed_over_to_one_of_two_at_the_same_moment(
    harness: Harness, cast: Cast, conversation: str, page: str
) -> None:
    harness.database.add_member(conversation, cast.eve)
    olives = [Browser(harness.app).signed_in(cast.olive) for _ in range(2)]
    to = [person(harness, conversation, each) for each in (cast.max, cast.eve)]
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(
            lambda each: each[0].post(f"{page}/owner", form_on=page, person=each[1]),
            zip(olives, to, strict=True),
        )
    assert sorted(answer.status_code for answer in answers) == [302, 403]
    assert [role for _, role in people(harness, conversation)].count("owner") == 1


@pytest.mark.parametrize("who", ["a bot", "disabled"])
def test_nobody_becomes_the_owner_who_can_not_come_to_the_page(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, page: str, who: str
) -> None:
    max_ = harness.user(cast.max)
    changed = {"is_bot": True} if who == "a bot" else {"disabled_at": now()}
    harness.database.write(
        lambda: db.session.execute(db.update(User).filter_by(id=max_).values(**changed)) and None
    )
    about = person(harness, conversation, cast.max)
    refused = olive.post(f"{page}/owner", form_on=page, person=about)
    assert refused.status_code == 409 and NO_OWNER in unescape(refused.text)
    assert ("Make them the owner" in refused.text) == (who == "disabled")
    assert people(harness, conversation) == [("Olive", "owner"), ("Max", "member")]


def test_the_owner_can_neither_leave_nor_be_removed_nor_lose_the_role(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, page: str
) -> None:
    about = person(harness, conversation, cast.olive)
    assert olive.post(f"{page}/leave", form_on=page).status_code == 403
    refused = olive.post(f"{page}/remove", form_on=page, person=about)
    assert refused.status_code == 409 and OWNER_STAYS in unescape(refused.text)
    refused = olive.post(f"{page}/role", form_on=page, person=about, role="reader")
    assert refused.status_code == 409
    assert people(harness, conversation) == [("Olive", "owner"), ("Max", "member")]


def test_a_removed_member_is_told_that_there_is_nothing_and_writes_nothing(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, page: str
) -> None:
    max_ = Browser(harness.app).signed_in(cast.max)
    here = f"/conversations/{conversation}"
    assert max_.open(here).status_code == 200, "precondition: Max reads it"
    about = person(harness, conversation, cast.max)
    assert olive.post(f"{page}/remove", form_on=page, person=about).location == page
    again = olive.post(f"{page}/remove", form_on=page, person=about)
    assert again.status_code == 409 and NOT_IN_IT in again.text
    for path in (here, page, f"{here}/options"):
        assert max_.open(path).status_code == 404
    assert max_.post(f"{here}/messages", content="Still here").status_code == 404
    assert harness.database.messages(conversation) == []


@pytest.mark.parametrize("who", ["", "x", "x" * 65, "é", "' OR 1=1"])
@pytest.mark.parametrize("form", ["role", "remove", "owner"])
def test_a_form_about_nobody_changes_nothing(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, page: str, form: str, who: str
) -> None:
    before = people(harness, conversation)
    refused = olive.post(f"{page}/{form}", form_on=page, person=who, role="reader")
    assert refused.status_code in (400, 409)
    assert people(harness, conversation) == before


def test_the_name_of_a_member_in_another_conversation_means_nobody_here(
    harness: Harness, cast: Cast, olive: Browser, conversation: str, page: str
) -> None:
    other = harness.database.conversation(cast.olive, cast.max)
    foreign = person(harness, other, cast.max)
    assert foreign != person(harness, conversation, cast.max)
    assert olive.post(f"{page}/remove", form_on=page, person=foreign).status_code == 409
    assert ("Max", "member") in people(harness, conversation)


def test_addresses_of_forms_lead_on(olive: Browser, conversation: str, page: str) -> None:
    links = f"/conversations/{conversation}/links"
    for path in (f"{page}/role", f"{page}/remove", f"{page}/owner", links):
        assert olive.open(path).location == page


def test_the_page_is_reached_from_the_options(olive: Browser, conversation: str, page: str) -> None:
    options = olive.open(f"/conversations/{conversation}/options").text
    assert f'href="{page}"' in options
