"""Who may do what in a conversation: the table in docs/security.md, by page and by socket."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.events.payloads import sender
from app.extensions import db
from app.models import Conversation, Link, Share, User
from app.models.rights import MAY, Action, MemberRole
from app.models.user import members_of
from app.sockets.namespace import Conversations
from tests.support.browser import Browser
from tests.support.cast import Cast, Person
from tests.support.filled import filling
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.sharing import share
from tests.support.socket import Socket
from tests.support.uploads import add_file

pytestmark = pytest.mark.no_cover  # it runs what others run, with many values

TABLE = Path(__file__).parents[1] / "docs" / "security.md"
ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| (.+) \|$", re.MULTILINE)
STRANGER = Person("a stranger with a share link", "")
WHO = ["owner", "member", "reader", "others"]
WHO_IS = {"outsider": "others", "removed": "others", "administrator": "others"}
HERE = "/conversations/<public_id>"

PAGES: dict[Action, dict[str, dict[str, str]]] = {
    Action.READ: {
        f"GET {HERE}": {},
        f"GET {HERE}/options": {},
        f"GET {HERE}/people": {},
        f"GET {HERE}/seen": {},
        f"GET {HERE}/export.md": {},
        f"GET {HERE}/export.json": {},
        f"POST {HERE}/messages/<message_id>/branch": {},
        f"GET {HERE}/files/<file_id>": {},
        f"GET /api{HERE}/files/<file_id>": {},
        f"GET {HERE}/files/<file_id>/thumbnail": {},
        f"GET {HERE}/messages/<message_id>": {},
        f"GET {HERE}/messages/<message_id>/options": {},
        f"POST {HERE}/pin": {},
        f"POST {HERE}/unpin": {},
        f"POST {HERE}/archive": {},
        f"POST {HERE}/unarchive": {},
        f"POST {HERE}/mute": {},
        f"POST {HERE}/unmute": {},
    },
    Action.WRITE: {
        f"POST {HERE}/files": {},
        f"POST /api{HERE}/files": {},
        f"POST {HERE}/files/<file_id>/remove": {},
        f"POST {HERE}/messages": {"content": "And then?"},
        f"POST {HERE}/messages/<message_id>/edit": {"content": "And now?"},
        f"POST {HERE}/messages/<message_id>/retry": {},
        f"POST {HERE}/messages/<message_id>/choose": {"version": "1"},
        f"POST {HERE}/messages/<message_id>/stop": {},
        f"POST {HERE}/messages/<message_id>/continue": {},
        f"POST {HERE}/messages/<message_id>/pin": {},
        f"POST {HERE}/messages/<message_id>/unpin": {},
    },
    Action.REACT: {
        f"POST {HERE}/messages/<message_id>/react": {"emoji": "👍"},
        f"POST {HERE}/messages/<message_id>/unreact": {"emoji": "👍"},
    },
    Action.LEAVE: {f"POST {HERE}/people/leave": {}},
    Action.RENAME: {f"POST {HERE}/rename": {"title": "Another"}},
    Action.ASKING: {f"POST {HERE}/asking": {"asking": "mentions"}},
    Action.INSTRUCT: {f"POST {HERE}/settings": {"system_prompt": "Be brief."}},
    Action.DELETE: {f"POST {HERE}/delete": {}, f"POST {HERE}/restore": {}},
    Action.SHARE: {
        f"GET {HERE}/share": {},
        f"POST {HERE}/share": {},
        f"POST {HERE}/share/revoke": {},
    },
    Action.MANAGE: {
        f"POST {HERE}/people": {"who": "eve@example.org"},
        f"POST {HERE}/people/role": {"role": "reader"},
        f"POST {HERE}/people/remove": {},
        f"POST {HERE}/people/owner": {},
        f"POST {HERE}/links": {},
        f"POST {HERE}/links/revoke": {},
    },
}
# they only lead on from an address to a page above, which decides
FORMS = ("settings", "people/role", "people/remove", "people/owner", "links", "share/revoke")
LEAD_ON = {f"GET {HERE}/{each}" for each in FORMS}
EVENTS: dict[Action, dict[str, dict[str, Any]]] = {
    Action.READ: {
        **{"join": {}, "history": {"before": 9}, "read": {"position": 1}, "presence": {}},
        "reacted": {},
        "branch": {},
    },
    Action.WRITE: {
        "send": {"content": "And then?"},
        "edit": {"content": "?"},
        "retry": {},
        "choose": {"version": 1},
        "stop": {},
        "continue": {},
        "pin": {},
        "typing": {},
    },
    Action.REACT: {"react": {"emoji": "👍"}},
}
OF_MESSAGES = {
    *("edit", "retry", "choose", "stop", "react", "pin", "continue", "branch"),
}
# about nobody's conversation, or only what the socket receives
OF_NO_CONVERSATION = {"connect", "conversations", "create", "leave"}

REQUESTS = [
    *((action, page) for action, pages in PAGES.items() for page in pages),
    *((action, event) for action, events in EVENTS.items() for event in events),
]


class Conversed(NamedTuple):
    """A conversation of Olive's with an answer that has ended."""

    conversation: str
    answer: str
    link: int
    secret: str  # of a share link


class Prepared(NamedTuple):
    """An SQLite file with a conversation for each who is in it, Rita, who only reads, and Ada, an
    administrator."""

    path: Path
    conversed: list[Conversed]
    rita: Person
    ada: Person


class Place(NamedTuple):
    """A conversation with an answer that has ended, and with one that streams."""

    conversation: str
    answer: str
    link: int
    secret: str  # of a share link
    question: str
    streaming: str
    person: str  # Max, as in the forms
    file: str  # of the question


@pytest.fixture(scope="module")
def prepared(
    database_with_cast: tuple[Path, Cast], tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    """Made once: it took half of the time of each test."""
    blank, cast = database_with_cast
    with filling(blank, tmp_path_factory.mktemp("conversed")) as (path, harness):
        rita, ada = harness.database.bot("Rita"), harness.database.bot("Ada")
        harness.database.write(lambda: make_administrator(harness.user(ada)))
        conversed = [converse(harness, cast, rita) for _ in MemberRole]
    return Prepared(path, conversed, rita, ada)


@pytest.fixture
def database_url(prepared: Prepared, tmp_path: Path) -> str:
    """The URL of a copy for this test."""
    return f"sqlite:///{shutil.copy(prepared.path, tmp_path / 'midstream.sqlite3')}"


def documented() -> dict[str, dict[str, str]]:
    """Return the table of the documentation: by action, the answer to each."""
    found = ROW.findall(TABLE.read_text("utf-8"))
    return {action: dict(zip(WHO, cells.split(" | "), strict=True)) for action, cells in found}


def test_the_code_mirrors_the_table() -> None:
    assert set(documented()) == set(Action)
    for action, row in documented().items():
        for role in MemberRole:
            assert (row[role] == "yes") == (action in MAY[role]), (action, role)
        assert row["others"] == "not found"


def test_every_address_and_event_of_a_conversation_is_in_the_test(harness: Harness) -> None:
    pages = {
        f"{method} {rule.rule}"
        for rule in harness.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.removeprefix("/api").startswith(HERE)
    }
    assert pages - LEAD_ON == {page for pages in PAGES.values() for page in pages}
    events = {name.removeprefix("on_") for name in dir(Conversations) if name.startswith("on_")}
    assert events - OF_NO_CONVERSATION == {name for of in EVENTS.values() for name in of}


@pytest.mark.parametrize(("action", "request_"), REQUESTS)
def test_each_person_is_answered_as_the_table_says(
    harness: Harness, cast: Cast, prepared: Prepared, action: Action, request_: str
) -> None:
    people = {
        "owner": cast.olive,
        "member": cast.max,
        "reader": prepared.rita,
        "outsider": cast.eve,
        "removed": cast.rex,
        "administrator": prepared.ada,
        "nobody": None,
        "stranger": STRANGER,
    }
    expected = {who: documented()[action].get(WHO_IS.get(who, who), "sign in") for who in people}
    refused = [who for who in people if expected[who] != "yes"]
    allowed = [who for who in people if expected[who] == "yes"]
    unused = iter(prepared.conversed)
    here = place(harness, cast, next(unused), request_)
    before = state(harness, here)
    for who in refused:
        refusal = expected[who]
        if request_.endswith("/restore") and refusal == "no":
            refusal = "not found"  # a deleted conversation is there for nobody else
        assert ask(harness, here, people[who], action, request_) == refusal, who
        assert state(harness, here) == before, who
    for who in allowed:  # each may change something, so the next one gets a conversation of its own
        assert ask(harness, here, people[who], action, request_) == "yes", who
        if who != allowed[-1]:
            here = place(harness, cast, next(unused), request_)


def make_administrator(user_id: int) -> None:
    db.session.get_one(User, user_id).set_admin(True)


def converse(harness: Harness, cast: Cast, rita: Person) -> Conversed:
    """Make a conversation of Olive's with Max, and with Rita, who only reads; Rex was removed."""
    database = harness.database
    conversation = database.conversation(cast.olive, cast.max, cast.rex)
    database.remove_member(conversation, cast.rex)
    database.add_member(conversation, rita, MemberRole.READER)
    key = harness.key(conversation)
    answer = harness.answered(conversation, cast.max).public_id
    link = database.write(lambda: new_link(key))
    return Conversed(conversation, answer, link, share(database, conversation, cast.olive))


def place(harness: Harness, cast: Cast, conversed: Conversed, request: str) -> Place:
    """Begin another answer in a conversation. It is deleted where the request is to restore it."""
    database, conversation = harness.database, conversed.conversation
    key = harness.key(conversation)
    streaming = harness.begin(conversation, cast.max).public_id
    *_, question, _ = database.messages(conversation)
    person = sender(conversation, harness.user(cast.max))
    if request.endswith("/restore"):
        database.write(lambda: db.session.get_one(Conversation, key).delete())
    file = add_file(database, harness.user(cast.olive), question.id)
    return Place(*conversed, question.id, streaming, person, file)


def new_link(conversation_id: int) -> int:
    conversation = db.session.get_one(Conversation, conversation_id)
    Link.create_into(conversation, MemberRole.MEMBER, timedelta(days=1), 1)
    db.session.flush()
    return db.session.scalars(Link.into(conversation_id)).one().id


def state(harness: Harness, here: Place) -> Any:
    """Return all that somebody who may not do something must not have changed."""
    key = harness.key(here.conversation)

    def work() -> Any:
        conversation = db.session.get_one(Conversation, key)
        links = [link.id for link in db.session.scalars(Link.into(key))]
        links += [made.share.id for made in Share.listed(key)]
        about = (conversation.title, conversation.asking, conversation.system_prompt)
        about += (conversation.deleted_at,)
        return about, members_of([key])[key], links

    return harness.database.read(work), harness.database.messages(here.conversation)


def ask(harness: Harness, here: Place, person: Person | None, action: Action, request: str) -> str:
    """Send a request, and return what the table calls its answer."""
    if " " in request:
        return by_page(harness, here, person, request, PAGES[action][request])
    return by_socket(harness, here, person, request, EVENTS[action][request])


def by_page(
    harness: Harness, here: Place, person: Person | None, page: str, fields: dict[str, str]
) -> str:
    browser = Browser(harness.app)
    if person is STRANGER:
        assert browser.open(f"/share/{here.secret}").status_code < 500
    elif person:
        browser.signed_in(person).with_token(person)
    method, rule = page.split()
    path = rule.replace("<public_id>", here.conversation).replace("<file_id>", here.file)
    path = path.replace("<message_id>", message_for(here, rule.rpartition("/")[2]))
    if method == "GET":
        response = browser.open(path)
    else:
        is_signed_in = person and person is not STRANGER
        token = csrf_token(browser.open("/conversations" if is_signed_in else "/login").text)
        about = {"person": here.person, "id": str(here.link)}
        response = browser.post_bare(path, csrf_token=token, **about, **fields)
    if (response.location or "").startswith("/login"):
        return "sign in"
    refusals = {401: "sign in", 403: "no", 404: "not found"}
    # a form that the table allows may still be refused, as an edit of somebody else's question is
    return refusals.get(response.status_code, "yes")


def by_socket(
    harness: Harness, here: Place, person: Person | None, event: str, fields: dict[str, Any]
) -> str:
    if person is STRANGER:
        socket = Socket(harness.app, share=here.secret)
    else:
        socket = Socket(harness.app, person.token if person else "midstream_guess")
    if not socket.is_connected:
        return "sign in"
    about = {"conversation": here.conversation, "id": message_for(here, event)}
    names = ("id",) if event in OF_MESSAGES else ("conversation",)
    ack = socket.ask(event, {**fields, **{name: about[name] for name in names}})
    refusals = {"forbidden": "no", "not_found": "not found", "unauthorized": "sign in"}
    if person is STRANGER and event == "join":  # of what the link shows, and of nothing else
        refusals["not_found"] = "sign in"
    return refusals.get(ack.get("error", ""), "yes")


def message_for(here: Place, action: str) -> str:
    messages = {"edit": here.question, "stop": here.streaming}
    of_answers = ("retry", "continue", "choose", "react", "unreact", "pin", "unpin", "branch")
    of_answers += ("options", "<message_id>")
    return (messages | dict.fromkeys(of_answers, here.answer)).get(action, "")
