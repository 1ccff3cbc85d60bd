"""How many statements each page, form, event and join takes: few, and never more for more data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
from flask import Flask

from app import replies
from app.extensions import db
from app.models import ApiToken, Conversation, Message, Role, SignIn, User
from app.providers import Text
from app.sockets.namespace import Conversations
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast, Person
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.socket import Socket
from tests.support.statements import collected

FEW, MANY = 2, 12

PAGES = {
    "GET /": 1,
    "GET /account": 1,
    "GET /account/appearance": 1,
    "GET /account/password": 1,
    "GET /account/security": 2,
    "GET /account/tokens": 4,
    "GET /account/tokens/revoke": 1,
    "GET /conversations": 5,
    "GET /conversations/<public_id>": 12,
    "GET /conversations/<public_id>/export.json": 10,
    "GET /conversations/<public_id>/export.md": 10,
    "GET /conversations/<public_id>/options": 3,
    "GET /healthz": 0,
    "GET /login": 0,
    "GET /manifest.webmanifest": 0,
    "GET /offline": 1,
    "GET /readyz": 1,
    "GET /service-worker.js": 1,
    "POST /account": 6,
    "POST /account/password": 12,
    "POST /account/sign-ins/end": 5,
    "POST /account/sign-out": 5,
    "POST /account/tokens": 5,
    "POST /account/tokens/revoke": 5,
    "POST /conversations": 8,
    "POST /conversations/<public_id>/archive": 9,
    "POST /conversations/<public_id>/delete": 10,
    "POST /conversations/<public_id>/messages": 15,
    "POST /conversations/<public_id>/messages/<message_id>/choose": 21,
    "POST /conversations/<public_id>/messages/<message_id>/edit": 19,
    "POST /conversations/<public_id>/messages/<message_id>/retry": 15,
    "POST /conversations/<public_id>/messages/<message_id>/stop": 11,
    "POST /conversations/<public_id>/pin": 10,
    "POST /conversations/<public_id>/rename": 11,
    "POST /conversations/<public_id>/restore": 3,
    "POST /conversations/<public_id>/unarchive": 7,
    "POST /conversations/<public_id>/unpin": 7,
    "POST /login": 6,
    "POST /logout": 4,
    "POST /theme": 0,
}
QUERIES = {
    "GET /conversations?q=yes": 7,
    "GET /conversations?before=2100-01-01T00:00:00%2b00:00~1": 4,
    "GET /conversations/<public_id>?before=9": 12,
    "GET /conversations/<public_id>?edit=<question>": 14,
    "GET /conversations/<public_id>?version=<question>": 14,
}
EVENTS = {
    "choose": 20,
    "connect": 2,
    "conversations": 3,
    "create": 8,
    "edit": 18,
    "history": 4,
    "join": 5,
    "leave": 1,
    "read": 7,
    "retry": 13,
    "send": 15,
    "stop": 10,
}

JOINS = {
    "to the latest": 5,
    "from the beginning": 7,
    "after a position": 7,
    "with an answer that has ended": 6,
    "with many that are gone": 7,
    "to an answer that streams": 9,
}

FORMS = {
    "/account": {"name": "Another"},
    "/account/password": {"current": PASSWORD, "new": "a new one, long enough"},
    "/account/tokens": {"name": "new"},
    "/account/tokens/revoke": {"name": "tests"},
    "/conversations": {"title": "New"},
    "/conversations/<public_id>/messages": {"content": "And?"},
    "/conversations/<public_id>/rename": {"title": "New"},
    "/conversations/<public_id>/messages/<message_id>/choose": {"version": "1"},
    "/conversations/<public_id>/messages/<message_id>/edit": {"content": "And then?"},
    "/login": {"password": PASSWORD},
}
PAYLOADS = {
    "choose": {"version": 1},
    "send": {"content": "And?"},
    "edit": {"content": "And then?"},
    "history": {"before": 9},
    "read": {"position": 1},
}
NEED_CONVERSATION = {"history", "join", "leave", "read", "send"}


class Place(NamedTuple):
    """A person who has so much of everything, and one conversation of theirs."""

    person: Person
    amount: int
    conversation: str
    question: str
    answer: str
    streaming_in: str
    streaming: str
    edited_in: str  # a conversation whose first question was edited after so many others
    edited: str

    def message(self, action: str) -> str:
        """Return the message for a page's or an event's name."""
        ids = {"edit": self.question, "retry": self.answer, "stop": self.streaming}
        return (ids | {"choose": self.edited})[action]

    def where(self, action: str) -> str:
        """Return the conversation of that message."""
        places = {"stop": self.streaming_in, "choose": self.edited_in}
        return places.get(action, self.conversation)


def test_each_page_and_event_has_a_bound(app: Flask) -> None:
    pages = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }
    assert pages == set(PAGES)
    events = {name.removeprefix("on_") for name in dir(Conversations) if name.startswith("on_")}
    assert events == set(EVENTS)


# restoring is left out: it needs a conversation that was deleted
@pytest.mark.parametrize(
    "page", [page for page in PAGES | QUERIES if not page.endswith("/restore")]
)
def test_a_page_takes_no_more_statements_for_more_data(
    harness: Harness, cast: Cast, page: str
) -> None:
    method, rule = page.split()
    few, many = (request(harness, here, method, rule) for here in places(harness, cast))
    assert few == many <= (PAGES | QUERIES)[page]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_takes_no_more_statements_for_more_data(
    harness: Harness, cast: Cast, name: str
) -> None:
    few, many = (ask(harness, here, name) for here in places(harness, cast))
    assert few == many <= EVENTS[name]


@pytest.mark.parametrize("cursor", JOINS)
def test_a_join_takes_no_more_statements_for_more_data(
    harness: Harness, cast: Cast, cursor: str
) -> None:
    few, many = (join(harness, here, cursor) for here in places(harness, cast))
    assert few == many <= JOINS[cursor]


def request(harness: Harness, here: Place, method: str, rule: str) -> int:
    """Request a page or send a form, and return how many statements that took."""
    browser = Browser(harness.app)
    if rule != "/login":
        browser.signed_in(here.person)
    action = rule.rpartition("/")[2]
    path = rule.replace("<public_id>", here.where(action)).replace("<question>", here.question)
    if "<message_id>" in path:
        path = path.replace("<message_id>", here.message(action))
    if method == "GET":
        return counted(lambda: browser.open(path), lambda page: page.status_code < 400)
    fields = {
        "csrf_token": csrf_token(browser.open("/login" if rule == "/login" else "/account").text),
        "email": here.person.email,
        "id": str(harness.database.read(lambda: oldest_sign_in(here.person))),
        **FORMS.get(rule, {}),
    }
    return counted(lambda: browser.post_bare(path, **fields), lambda page: page.status_code < 400)


def ask(harness: Harness, here: Place, name: str) -> int:
    """Send an event, and return how many statements that took."""
    if name == "connect":
        connect = lambda: Socket(harness.app, here.person.token)  # noqa: E731
        return counted(connect, lambda socket: socket.is_connected)
    socket = harness.reader(here.person, here.conversation)
    payload: dict[str, Any] = dict(PAYLOADS.get(name, {}))
    if name in NEED_CONVERSATION:
        payload["conversation"] = here.conversation
    if name in ("choose", "edit", "retry", "stop"):
        payload["id"] = here.message(name)
    return counted(lambda: socket.ask(name, payload), lambda ack: ack["ok"])


def join(harness: Harness, here: Place, cursor: str) -> int:
    """Join with a cursor, and return how many statements that took."""
    payload: dict[str, Any] = {
        "to the latest": {},
        "from the beginning": {"after": 0},
        "after a position": {"after": 2},
        "with an answer that has ended": {"have": {here.answer: 0}},
        "with many that are gone": {"have": {f"{number:032x}": 1 for number in range(here.amount)}},
        "to an answer that streams": {"conversation": here.streaming_in, "after": 0},
    }[cursor]
    socket = harness.reader(here.person)
    ask = {"conversation": here.conversation, **payload}
    return counted(lambda: socket.ask("join", ask), lambda ack: ack["ok"])


def counted(work: Callable[[], Any], is_right: Callable[[Any], bool]) -> int:
    """Run `work`, and return how many statements it executed."""
    with collected() as statements:
        result = work()
    assert is_right(result), result
    return sum(not statement.startswith("BEGIN") for statement in statements)


def places(harness: Harness, cast: Cast) -> tuple[Place, Place]:
    """Max has few of everything, Olive many."""
    return place(harness, cast.max, FEW), place(harness, cast.olive, MANY)


def place(harness: Harness, person: Person, amount: int) -> Place:
    """Give a person `amount` sign-ins, tokens and conversations, one of which has as many members
    and messages."""
    database, key = harness.database, harness.user(person)
    database.write(lambda: add_credentials(key, amount))
    for number in range(amount):
        database.conversation(person, title=f"No. {number}")
    bots = [database.bot(f"{person.name}-{number}") for number in range(amount)]
    streaming_in = database.conversation(person)
    streaming = harness.begin(streaming_in, person)
    conversation = database.conversation(person, *bots)
    where = harness.key(conversation)
    authors = [harness.user(bot) for bot in bots]
    database.write(lambda: add_messages(where, authors))
    answer = harness.answered(conversation, person, Text("Yes."))
    question = database.messages(conversation)[-2].id
    edited_in = database.conversation(person, *bots)
    harness.answered(edited_in, person, Text("Yes."))
    place_of_edit = harness.key(edited_in)
    database.write(lambda: add_messages(place_of_edit, authors))
    first = database.messages(edited_in)[0].id
    edited = replies.edit(place_of_edit, first, key, "Or?", None)["id"]
    return Place(
        person,
        amount,
        conversation,
        question,
        answer.public_id,
        streaming_in,
        streaming.public_id,
        edited_in,
        edited,
    )


def add_credentials(user_id: int, amount: int) -> None:
    user = db.session.get_one(User, user_id)
    for number in range(amount):
        SignIn.begin(user_id)
        ApiToken.create(user, f"No. {number}")


def add_messages(conversation_id: int, authors: Sequence[int]) -> None:
    """Add a question of each author, and an answer to it."""
    conversation = db.session.get_one(Conversation, conversation_id)
    for author in authors:
        asked = {"seq": 1, "content_html": "<p>And?</p>", "author_id": author}
        Message.add(conversation, Role.USER, "And?", **asked)
        Message.add(conversation, Role.ASSISTANT, "Yes.", seq=1, content_html="<p>Yes.</p>")


def oldest_sign_in(person: Person) -> int:
    user = User.by_email(person.email)
    assert user is not None
    found = db.session.scalars(SignIn.active(user.id).order_by(None).order_by(SignIn.id)).first()
    return found.id if found else 0
