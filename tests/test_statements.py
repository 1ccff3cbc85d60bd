"""How many statements each page, form, event and join takes: few, and never more for more data."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask

from app import replies, summaries
from app.auth.identity import LINK
from app.auth.revocations import revocations
from app.config import MailServer, new_key, push_settings_from
from app.events.payloads import sender
from app.extensions import db
from app.models import (
    ApiToken,
    Assistant,
    Conversation,
    Job,
    Link,
    Message,
    ModelProvider,
    OfferedModel,
    PushSubscription,
    Role,
    SecondFactor,
    SignIn,
    User,
)
from app.models.avatar import change_avatar
from app.models.job import Kind, State
from app.models.link import Purpose
from app.models.model_provider import Api
from app.models.offered_model import Audience
from app.models.push_subscription import Subscription
from app.models.rights import MemberRole
from app.providers import Text
from app.sockets.namespace import Conversations
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast, Person
from tests.support.filled import filling
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.sharing import Stranger, found, share
from tests.support.socket import Socket
from tests.support.statements import collected
from tests.support.uploads import add_file

pytestmark = pytest.mark.no_cover  # it only counts; measured, it takes twice as long

FEW, MANY = 2, 12
BROWSER_KEYS = (  # the first is a point of the curve
    "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    "AAAAAAAAAAAAAAAAAAAAAA",
)

PAGES = {
    "GET /": 1,
    "GET /account": 1,
    "GET /account/appearance": 1,
    "GET /account/data": 2,
    "GET /account/data/export": 1,
    "GET /account/data/import": 1,
    "GET /account/data/jobs/<public_id>/cancel": 1,
    "GET /account/data/jobs/<public_id>/download": 3,
    "GET /account/data/jobs/<public_id>/start": 1,
    "GET /account/notifications": 3,
    "GET /account/password": 1,
    "GET /account/security": 5,
    "GET /account/tokens": 4,
    "GET /account/tokens/revoke": 1,
    "GET /admin/answers": 2,
    "GET /admin/answers/stop": 1,
    "GET /admin/banner": 1,
    "GET /admin/banner/remove": 1,
    "GET /admin/log": 2,
    "GET /admin/log/export.csv": 8,
    "GET /admin/log/export.jsonl": 8,
    "GET /admin/people": 2,
    "GET /admin/people/<int:key>": 6,
    "GET /admin/retention": 1,
    "GET /admin/retention/off": 1,
    "GET /admin/storage": 42,
    "GET /banner": 1,
    "GET /admin/models": 4,
    "GET /admin/models/<int:key>": 4,
    "GET /admin/providers": 2,
    "GET /admin/providers/<name>": 4,
    "GET /admin/providers/<name>/list": 2,
    "GET /admin/providers/<name>/models": 2,
    "GET /account/use": 8,
    "GET /admin/use": 8,
    "GET /api/conversations/<public_id>/files/<file_id>": 5,
    "GET /assistants": 2,
    "GET /avatars/<avatar_id>": 2,
    "GET /assistants/<public_id>": 2,
    "GET /conversations": 4,
    "GET /conversations/<public_id>": 10,
    "GET /conversations/<public_id>/export.json": 14,
    "GET /conversations/<public_id>/export.md": 11,
    "GET /conversations/<public_id>/files/<file_id>": 5,
    "GET /conversations/<public_id>/files/<file_id>/thumbnail": 4,
    "GET /conversations/<public_id>/links": 1,
    "GET /conversations/<public_id>/messages/<message_id>": 6,
    "GET /conversations/<public_id>/messages/<message_id>/options": 5,
    "GET /conversations/<public_id>/options": 3,
    "GET /conversations/<public_id>/people": 5,
    "GET /conversations/<public_id>/people/owner": 1,
    "GET /conversations/<public_id>/people/remove": 1,
    "GET /conversations/<public_id>/people/role": 1,
    "GET /conversations/<public_id>/seen": 9,
    "GET /conversations/<public_id>/share": 5,
    "GET /conversations/<public_id>/share/revoke": 1,
    "GET /conversations/<public_id>/settings": 1,
    "GET /healthz": 0,
    "GET /link": 1,
    "GET /link/join": 4,
    "GET /login": 1,
    "GET /manifest.webmanifest": 0,
    "GET /metrics": 0,
    "GET /offline": 1,
    "GET /password/forgotten": 1,
    "GET /password/new": 2,
    "GET /readyz": 1,
    "GET /register": 2,
    "GET /register/mail": 1,
    "GET /service-worker.js": 1,
    "GET /share/<secret>": 7,
    "GET /unsubscribe/<token>": 1,
    "POST /account": 6,
    "POST /account/dates": 4,
    "POST /account/data/export": 8,
    "POST /account/data/import": 14,
    "POST /account/data/jobs/<public_id>/cancel": 8,
    "POST /account/data/jobs/<public_id>/start": 6,
    "POST /account/notifications": 6,
    "POST /account/notifications/devices": 9,
    "POST /account/notifications/devices/remove": 4,
    "POST /account/password": 19,
    "POST /account/picture": 8,
    "POST /account/sign-ins/end": 7,
    "POST /account/sign-out": 7,
    "POST /account/tokens": 7,
    "POST /account/tokens/revoke": 7,
    "POST /admin/answers/stop": 20,
    "POST /admin/banner": 12,
    "POST /admin/banner/remove": 12,
    "POST /admin/people/<int:key>/admin": 9,
    "POST /admin/people/<int:key>/delete": 50,
    "POST /admin/people/<int:key>/disable": 13,
    "POST /admin/people/<int:key>/enable": 8,
    "POST /admin/people/<int:key>/no-second-factor": 8,
    "POST /admin/people/<int:key>/no-admin": 10,
    "POST /admin/people/<int:key>/reset-link": 10,
    "POST /admin/retention": 12,
    "POST /admin/retention/off": 12,
    "POST /banner/dismiss": 5,
    "POST /admin/models/<int:key>": 18,
    "POST /admin/models/<int:key>/remove": 12,
    "POST /admin/models/<int:key>/test": 4,
    "POST /admin/providers": 13,
    "POST /admin/use": 7,
    "POST /admin/providers/<name>": 15,
    "POST /admin/providers/<name>/forget": 12,
    "POST /admin/providers/<name>/list": 6,
    "POST /admin/providers/<name>/models": 14,
    "POST /admin/providers/<name>/remove": 13,
    "POST /assistants": 6,
    "POST /assistants/<public_id>": 7,
    "POST /assistants/<public_id>/delete": 7,
    "POST /assistants/<public_id>/picture": 9,
    "POST /conversations": 8,
    "POST /conversations/<public_id>/archive": 9,
    "POST /conversations/<public_id>/asking": 9,
    "POST /conversations/<public_id>/delete": 10,
    "POST /api/conversations/<public_id>/files": 9,
    "POST /conversations/<public_id>/files": 8,
    "POST /conversations/<public_id>/files/<file_id>/remove": 7,
    "POST /conversations/<public_id>/links": 9,
    "POST /conversations/<public_id>/links/revoke": 8,
    "POST /conversations/<public_id>/messages": 18,
    "POST /conversations/<public_id>/messages/<message_id>/branch": 30,
    "POST /conversations/<public_id>/messages/<message_id>/choose": 22,
    "POST /conversations/<public_id>/messages/<message_id>/continue": 21,
    "POST /conversations/<public_id>/messages/<message_id>/edit": 24,
    "POST /conversations/<public_id>/messages/<message_id>/pin": 13,
    "POST /conversations/<public_id>/messages/<message_id>/react": 12,
    "POST /conversations/<public_id>/messages/<message_id>/retry": 16,
    "POST /conversations/<public_id>/messages/<message_id>/stop": 15,
    "POST /conversations/<public_id>/messages/<message_id>/unpin": 10,
    "POST /conversations/<public_id>/messages/<message_id>/unreact": 10,
    "POST /conversations/<public_id>/mute": 8,
    "POST /conversations/<public_id>/people": 13,
    "POST /conversations/<public_id>/people/leave": 15,
    "POST /conversations/<public_id>/people/owner": 14,
    "POST /conversations/<public_id>/people/remove": 17,
    "POST /conversations/<public_id>/people/role": 12,
    "POST /conversations/<public_id>/pin": 10,
    "POST /conversations/<public_id>/rename": 11,
    "POST /conversations/<public_id>/restore": 3,
    "POST /conversations/<public_id>/share": 10,
    "POST /conversations/<public_id>/share/revoke": 10,
    "POST /conversations/<public_id>/settings": 10,
    "POST /conversations/<public_id>/unarchive": 7,
    "POST /conversations/<public_id>/unmute": 7,
    "POST /conversations/<public_id>/unpin": 7,
    "POST /link": 2,
    "POST /link/join": 16,
    "POST /login": 11,
    "POST /logout": 6,
    "POST /password/forgotten": 2,
    "POST /password/new": 14,
    "POST /register": 16,
    "POST /register/mail": 1,
    "POST /theme": 0,
    "POST /unsubscribe/<token>": 7,
    "GET /account/delete": 3,
    "GET /account/openid": 1,
    "GET /account/openid/disconnect": 1,
    "GET /account/passkeys": 0,
    "GET /account/passkeys/remove": 0,
    "GET /account/picture": 1,
    "GET /assistants/<public_id>/picture": 1,
    "GET /account/second-factor": 3,
    "GET /account/second-factor/codes": 1,
    "GET /account/second-factor/new": 2,
    "GET /account/second-factor/remove": 1,
    "GET /login/openid": 4,
    "GET /login/openid/callback": 12,
    "GET /login/second-factor": 2,
    "POST /account/delete": 60,
    "POST /account/openid": 5,
    "POST /account/openid/disconnect": 6,
    "POST /account/passkeys": 8,
    "POST /account/passkeys/options": 8,
    "POST /account/passkeys/remove": 8,
    "POST /account/second-factor": 4,
    "POST /account/second-factor/codes": 5,
    "POST /account/second-factor/new": 8,
    "POST /account/second-factor/remove": 5,
    "POST /login/passkey": 10,
    "POST /login/passkey/options": 4,
    "POST /login/second-factor": 10,
}
QUERIES = {
    "GET /admin/people?q=example": 2,
    "GET /admin/log?kind=sign-in&since=2026-01-01": 2,
    "GET /admin/retention?days=1&pinned=keep": 3,
    "GET /conversations?q=yes": 7,
    "GET /conversations?before=2100-01-01T00:00:00%2b00:00~1": 4,
    "GET /conversations/<public_id>?before=9": 10,
    "GET /conversations/<public_id>/seen?position=1": 9,
    "GET /conversations/<public_id>?edit=<question>": 12,
    "GET /conversations/<public_id>?version=<question>": 12,
}
EVENTS = {
    "branch": 28,
    "choose": 20,
    "connect": 1,
    "continue": 17,
    "conversations": 2,
    "create": 7,
    "edit": 22,
    "history": 3,
    "join": 4,
    "leave": 0,
    "pin": 11,
    "presence": 1,
    "react": 9,
    "reacted": 3,
    "read": 6,
    "retry": 13,
    "send": 17,
    "stop": 15,
    "typing": 1,
}

JOINS = {
    "to the latest": 4,
    "from the beginning": 6,
    "after a position": 6,
    "with an answer that has ended": 5,
    "with many that are gone": 6,
    "to an answer that streams": 8,
}

FORMS = {
    "/admin/banner": {"text": "Hi"},
    "/admin/retention": {"days": "30", "tried": "30"},
    "/admin/use": {"limit": "1 dollars"},
    "/assistants": {"name": "New"},
    "/assistants/<public_id>": {"name": "Another"},
    "/conversations/<public_id>/settings": {"system_prompt": "Be brief."},
    "/admin/models/<int:key>": {"label": "Another", "audience": "named"},
    "/admin/providers": {"api": "openai"},
    "/admin/providers/<name>/models": {"model": "new"},
    "/account": {"name": "Another"},
    "/account/notifications/devices": {
        "endpoint": "https://127.0.0.1/push/new",
        "name": "New",
        **dict(zip(("p256dh", "auth"), BROWSER_KEYS, strict=True)),
    },
    "/account/dates": {"dates": "de"},
    "/account/picture": {"remove": "1"},
    "/assistants/<public_id>/picture": {"remove": "1"},
    "/account/password": {"current": PASSWORD, "new": "a new one, long enough"},
    "/account/tokens": {"name": "new"},
    "/account/tokens/revoke": {"name": "tests"},
    "/conversations": {"title": "New"},
    "/conversations/<public_id>/asking": {"asking": "mentions"},
    "/conversations/<public_id>/messages": {"content": "And?"},
    "/conversations/<public_id>/people": {"who": "eve@example.org"},
    "/conversations/<public_id>/people/role": {"role": "reader"},
    "/conversations/<public_id>/rename": {"title": "New"},
    "/conversations/<public_id>/messages/<message_id>/choose": {"version": "1"},
    "/conversations/<public_id>/messages/<message_id>/edit": {"content": "And then?"},
    "/conversations/<public_id>/messages/<message_id>/react": {"emoji": "👍"},
    "/conversations/<public_id>/messages/<message_id>/unreact": {"emoji": "👍"},
    "/login": {"password": PASSWORD},
    "/password/new": {"new": "a new one, long enough"},
    "/register": {"name": "New", "password": "a new one, long enough"},
}
UPLOADS = {"files": "a.txt", "import": "conversations.json"}  # names, by the end of the address
WITHOUT_SIGN_IN = {
    "/login",
    "/login/passkey/options",
    "/login/second-factor",
    "/password/new",
    "/register",
    "/register/mail",
}
MAIL = MailServer("127.0.0.1", 9, False, None, None, "midstream@example.org")
PUSH = push_settings_from(
    {
        "VAPID_PRIVATE_KEY": new_key(),
        "VAPID_SUBJECT": "mailto:admin@example.org",
        "PUSH_HOSTS": "127.0.0.1",
    }
)
PAYLOADS = {
    "choose": {"version": 1},
    "send": {"content": "And?"},
    "edit": {"content": "And then?"},
    "history": {"before": 9},
    "react": {"emoji": "👍"},
    "read": {"position": 1},
}
NEED_CONVERSATION = {
    *("history", "join", "leave", "presence", "reacted", "read", "send", "typing"),
}


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
    member: Person  # of the conversation, beside its owner
    others: str  # a conversation that somebody else owns
    secret: str  # of a share link to the first conversation
    provider: str  # that the person, an administrator, has added
    model: int
    assistant: str
    file: str  # of the question
    avatar: str

    def message(self, action: str) -> str:
        """Return the message for a page's or an event's name."""
        ids = {"edit": self.question, "retry": self.answer}
        ids |= dict.fromkeys(("continue", "stop"), self.streaming)
        return (ids | {"choose": self.edited}).get(action, self.answer)

    def where(self, action: str) -> str:
        """Return the conversation of that message, or the one for a page."""
        places = {"choose": self.edited_in, "leave": self.others}
        places |= dict.fromkeys(("continue", "stop"), self.streaming_in)
        return places.get(action, self.conversation)


class Prepared(NamedTuple):
    """An SQLite file in which Max has few of everything, and Olive many."""

    path: Path
    places: tuple[Place, Place]


@pytest.fixture(scope="module")
def prepared(
    database_with_cast: tuple[Path, Cast], tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    """Made once: it takes as long as three tests."""
    blank, cast = database_with_cast
    with filling(blank, tmp_path_factory.mktemp("places")) as (path, harness):
        places = place(harness, cast.max, FEW), place(harness, cast.olive, MANY)
    return Prepared(path, places)


@pytest.fixture
def database_url(prepared: Prepared, tmp_path: Path) -> str:
    """The URL of a copy for this test."""
    return f"sqlite:///{shutil.copy(prepared.path, tmp_path / 'midstream.sqlite3')}"


@pytest.fixture
def places(prepared: Prepared, harness: Harness) -> list[Place]:
    """The two places, in each of which an answer has begun in this process."""
    return [
        each._replace(streaming=harness.begin(each.streaming_in, each.person).public_id)
        for each in prepared.places
    ]


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


# Left out are those that need a conversation that was deleted, a passkey's device, a provider of
# OpenID Connect, or a token of the settings. Deleting an account takes some for each conversation,
# a part in each transaction.
LEFT_OUT = {
    "GET /metrics",
    "POST /conversations/<public_id>/restore",
    "POST /account/delete",
    "POST /account/passkeys",
    "POST /login/passkey",
    "GET /login/openid",
    "GET /login/openid/callback",
    "POST /account/openid",
    "POST /account/openid/disconnect",
}


@pytest.mark.parametrize("page", [page for page in PAGES | QUERIES if page not in LEFT_OUT])
def test_a_page_takes_no_more_statements_for_more_data(
    harness: Harness, places: Sequence[Place], page: str
) -> None:
    method, rule = page.split()
    few, many = (request(harness, here, method, rule) for here in places)
    assert few == many <= (PAGES | QUERIES)[page]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_takes_no_more_statements_for_more_data(
    harness: Harness, places: Sequence[Place], name: str
) -> None:
    few, many = (ask(harness, here, name) for here in places)
    assert few == many <= EVENTS[name]


@pytest.mark.parametrize("cursor", JOINS)
def test_a_join_takes_no_more_statements_for_more_data(
    harness: Harness, places: Sequence[Place], cursor: str
) -> None:
    few, many = (join(harness, here, cursor) for here in places)
    assert few == many <= JOINS[cursor]


def request(harness: Harness, here: Place, method: str, rule: str) -> int:
    """Request a page or send a form, and return how many statements that took."""
    browser = Browser(harness.app)
    if rule not in WITHOUT_SIGN_IN:
        browser.signed_in(here.person).with_token(here.person)
    allow(harness.app)
    action = rule.rpartition("/")[2]
    prepare(harness, here, action)
    path = address(harness, here, rule)
    if method == "GET":
        hold_link(harness, here, browser, rule)
        return counted(lambda: browser.open(path), lambda page: page.status_code < 400)
    secret = hold_link(harness, here, browser, rule)
    form_on = "/login" if rule in WITHOUT_SIGN_IN else "/account"
    fields = {
        "csrf_token": csrf_token(browser.open(form_on).text),
        "email": f"new-{here.person.email}" if "/register" in rule else here.person.email,
        "code": secret,
        "person": sender(here.where(action), harness.user(here.member)),
        "id": str(row_for(harness, here, rule)),
        "name": f"new-{here.provider}",
        "server_key": PUSH.public_key if PUSH else "",
        **FORMS.get(rule, {}),
    }
    if action in UPLOADS:
        fields["file"] = (BytesIO(b"[]"), UPLOADS[action])
    return counted(lambda: browser.post_bare(path, **fields), lambda page: page.status_code < 400)


def address(harness: Harness, here: Place, rule: str) -> str:
    """Return an address of this rule."""
    action = rule.rpartition("/")[2]
    key = other(harness, here) if rule.startswith("/admin/people") else here.model
    about = {
        "/jobs/": lambda: new_job(harness, here, action),
        "/assistants/": lambda: here.assistant,
    }
    public_ids = [find for part, find in about.items() if part in rule]
    values = {
        "<public_id>": lambda: (public_ids or [lambda: here.where(action)])[0](),
        "<question>": lambda: here.question,
        "<secret>": lambda: here.secret,
        "<file_id>": lambda: here.file,
        "<avatar_id>": lambda: here.avatar,
        "<token>": lambda: no_mail(harness, here),
        "<name>": lambda: here.provider,
        "<int:key>": lambda: str(key),
        "<message_id>": lambda: here.message(action),
    }
    path = rule
    for name, value in values.items():
        if name in rule:
            path = path.replace(name, value())
    # of all events there are more pages, with a statement for each
    return f"{path}?kind=role" if "/log/export" in path else path


def new_job(harness: Harness, here: Place, action: str) -> str:
    """Make an export to download, or an import that was looked at; return its id."""
    is_export = action == "download"
    kind, state = (Kind.EXPORT, State.DONE) if is_export else (Kind.PREVIEW, State.READY)
    key = harness.user(here.person)
    return harness.database.write(lambda: Job.begin(key, kind, state, format="json").public_id)


def other(harness: Harness, here: Place) -> int:
    """Return the key of somebody else, whom an administrator's form is about."""
    email = "rex@example.org" if here.amount == FEW else "eve@example.org"
    found = db.select(User.id).where(User.email == email)
    return harness.database.read(lambda: db.session.scalars(found).one())


def prepare(harness: Harness, here: Place, action: str) -> None:
    """Let there be an answer that can go on, a second factor, or a member who can be the owner."""
    if action == "no-second-factor":
        key = other(harness, here)
        harness.database.write(lambda: SecondFactor.replace(key, "encrypted", 1))
    if action == "owner":
        key = harness.user(here.member)
        person = db.update(User).where(User.id == key).values(is_bot=False)
        harness.database.write(lambda: db.session.execute(person) and None)
    if action == "continue":
        harness.say_of(here.streaming, "Yes")
        replies.stop(harness.message_key(here.streaming), harness.user(here.person))


def allow(app: Flask) -> None:
    """Let people make accounts, with mail set up except for what is done without it."""
    app.extensions["config"] = replace(
        app.extensions["config"], registration="invitation", mail=MAIL, push=PUSH
    )


def hold_link(harness: Harness, here: Place, browser: Browser, rule: str) -> str:
    """Have a browser follow a link to a page; return its secret."""
    secret = harness.database.write(lambda: new_link(here, rule))
    with browser.client.session_transaction() as session:
        session.update({LINK + purpose: secret for purpose in Purpose})
    return secret


def new_link(here: Place, rule: str) -> str:
    """Make the link that a page needs, in the caller's transaction."""
    if "password" in rule:
        user = User.by_email(here.person.email)
        assert user
        return Link.create(Purpose.RESET, timedelta(days=1), user_id=user.id)
    if "register" in rule:
        return Link.create(Purpose.REGISTER, timedelta(days=1))
    member = User.by_email(here.member.email)
    assert member
    other = Conversation.start(member.id, "Another", "demo")
    return Link.create_into(other, MemberRole.MEMBER, timedelta(days=1), 1)


def ask(harness: Harness, here: Place, name: str) -> int:
    """Send an event, and return how many statements that took."""
    if name == "connect":
        connect = lambda: Socket(harness.app, here.person.token)  # noqa: E731
        return counted(connect, lambda socket: socket.is_connected)
    socket = harness.reader(here.person, here.conversation)
    prepare(harness, here, name)
    payload: dict[str, Any] = dict(PAYLOADS.get(name, {}))
    if name in NEED_CONVERSATION:
        payload["conversation"] = here.conversation
    if name in ("branch", "choose", "continue", "edit", "pin", "react", "retry", "stop"):
        payload["id"] = here.message(name)
    return counted(lambda: socket.ask(name, payload), lambda ack: ack["ok"])


@pytest.mark.parametrize(("what", "most"), [("all", 7), ("answer", 9)])
def test_a_stranger_takes_no_more_statements_for_more_data(
    harness: Harness, places: Sequence[Place], what: str, most: int
) -> None:
    counts = []
    for here in places:
        answer = {"answer": here.answer} if what == "answer" else {}
        secret = share(harness.database, here.conversation, here.person, **answer)
        connect = lambda secret=secret: Socket(harness.app, share=secret)  # noqa: E731
        assert counted(connect, lambda socket: socket.is_connected) == 1
        socket = Stranger(harness, secret).follow().socket
        asked = {"conversation": found(harness.database, secret).public_id, "after": 0}
        counts.append(counted(lambda: socket.ask("join", asked), lambda ack: ack["ok"]))  # noqa: B023
    few, many = counts
    assert few == many <= most


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
    revocations.handled(time.monotonic())  # as a process does all the time
    with collected() as statements:
        result = work()
    assert is_right(result), result
    return sum(not statement.startswith("BEGIN") for statement in statements)


def place(harness: Harness, person: Person, amount: int) -> Place:
    """Give a person `amount` sign-ins, tokens and conversations, one of which has as many members
    and messages. No answer is begun yet."""
    database, key = harness.database, harness.user(person)
    database.write(lambda: add_credentials(key, amount))
    for number in range(amount):
        database.conversation(person, title=f"No. {number}")
    bots = [database.bot(f"{person.name}-{number}") for number in range(amount)]
    streaming_in = database.conversation(person)
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
    ids = (conversation, question, answer.public_id, streaming_in, "")
    others = database.conversation(bots[0], person)
    secret = share(database, conversation, person)
    provider = person.name.lower()
    model = database.write(lambda: add_models(key, provider, authors))
    assistant = database.write(lambda: add_assistants(key, amount))
    files = [add_file(database, key, question) for _ in range(amount)]
    avatar = database.write(lambda: add_avatar(key))
    rest = (bots[0], others, secret, provider, model, assistant, files[0], avatar)
    return Place(person, amount, *ids, edited_in, edited, *rest)


def add_avatar(user_id: int) -> str:
    user = db.session.get_one(User, user_id)
    change_avatar(user, b"a picture")
    return str(user.avatar)


def add_assistants(user_id: int, amount: int) -> str:
    assistants = [Assistant.add(user_id, name=f"No. {number}") for number in range(amount)]
    db.session.flush()
    return assistants[0].public_id


def add_models(user_id: int, name: str, people: Sequence[int]) -> int:
    """Make somebody an administrator who has added models, one of them for these people."""
    db.session.get_one(User, user_id).set_admin(True)
    provider = ModelProvider.add(name, Api.OPENAI, "http://127.0.0.1:9")
    models = [OfferedModel.add(provider, f"m{number}") for number, _ in enumerate(people)]
    models[0].name_people(people)
    models[0].change(audience=Audience.NAMED)
    return models[0].id


def add_credentials(user_id: int, amount: int) -> None:
    user = db.session.get_one(User, user_id)
    for number in range(amount):
        SignIn.begin(user_id)
        ApiToken.create(user, f"No. {number}")
        db.session.flush()
        sign_in = db.session.scalars(SignIn.active(user_id)).first()
        assert sign_in and PUSH
        new = Subscription(f"https://a/{user_id}/{number}", *BROWSER_KEYS, PUSH.public_key)
        PushSubscription.add(user_id, sign_in.id, f"No. {number}", new)


def add_messages(conversation_id: int, authors: Sequence[int]) -> None:
    """Add a question of each author, and an answer to it."""
    conversation = db.session.get_one(Conversation, conversation_id)
    for author in authors:
        asked = {"seq": 1, "content_html": "<p>And?</p>", "author_id": author}
        Message.add(conversation, Role.USER, "And?", **asked)
        Message.add(conversation, Role.ASSISTANT, "Yes.", seq=1, content_html="<p>Yes.</p>")


def row_for(harness: Harness, here: Place, rule: str) -> int | str:
    """Return the key of the row that a form is about."""
    if rule == "/admin/answers/stop":
        return here.streaming
    if rule.endswith("/share/revoke"):
        return found(harness.database, here.secret).id
    return harness.database.read(lambda: oldest_sign_in(here.person))


def no_mail(harness: Harness, here: Place) -> str:
    """Return the end of the address that ends mails to a person."""
    return summaries.unsubscribe_address(harness.user(here.person)).rpartition("/")[2]


def oldest_sign_in(person: Person) -> int:
    user = User.by_email(person.email)
    assert user is not None
    found = db.session.scalars(SignIn.active(user.id).order_by(None).order_by(SignIn.id)).first()
    return found.id if found else 0
