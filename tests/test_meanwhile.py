"""Between the moment when a request is looked at and its transaction, its sender may lose the right
to it, or the account, and the conversation may be deleted: then it changes nothing any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask import has_request_context

from app import database
from app.auth import rate_limits
from app.errors import NotFound
from app.extensions import db
from app.models import (
    ApiToken,
    Assistant,
    Challenge,
    Conversation,
    Job,
    NotificationSettings,
    OpenIdIdentity,
    Passkey,
    PushSubscription,
    SecondFactor,
    SignIn,
    User,
    deleting,
)
from app.models.avatar import change_avatar
from app.models.challenge import Task
from app.models.columns import now
from app.models.deleting import delete_person
from app.models.job import Kind, State
from app.models.push_subscription import Subscription
from app.models.rights import Action, MemberRole
from app.models.sweeping import UNDO_TIME, remove_some
from app.sockets import namespace
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.sample_files import picture
from tests.test_own_rights import ENDS_SIGN_INS, Mine, requests
from tests.test_rights import HERE, REQUESTS, Place, ask, converse, place, state

WITH_MANY_VALUES = pytest.mark.no_cover  # it runs what others run

OWNERS = {
    *(Action.RENAME, Action.ASKING, Action.DELETE, Action.SHARE, Action.MANAGE),
}
# an upload is its uploader's, and how far somebody has read was true
NOTHING_OF_OTHERS = {
    *(f"POST {HERE}/files", f"POST /api{HERE}/files", f"POST {HERE}/files/<file_id>/remove"),
    *(f"GET {HERE}/seen", "read"),
}
Changes = dict[str, tuple[str, Callable[[], object], Callable[[], object]]]


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request is refused because there were others."""
    monkeypatch.setattr(rate_limits, "hit", lambda *_: None)
    monkeypatch.setattr(namespace, "seconds_until_allowed", lambda *_: 0)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens before the next transaction of a request that writes; then it is taken out."""
    waiting: list[Callable[[], object]] = []
    transaction = database._transaction

    def late(work: Callable[[], Any], **options: Any) -> Any:
        if waiting and "sqlite_begin" in options and has_request_context():
            waiting.pop()()
        return transaction(work, **options)

    monkeypatch.setattr(database, "_transaction", late)
    return waiting


def changes(harness: Harness, cast: Cast, here: Place) -> Changes:
    """Return what may happen to a conversation: what a request is then answered, and how it is
    done and undone."""
    where, key = here.conversation, harness.key(here.conversation)
    olive, max_ = harness.user(cast.olive), harness.user(cast.max)

    def changed(change: Callable[[Conversation], object]) -> Callable[[], object]:
        work = lambda: change(db.session.get_one(Conversation, key))  # noqa: E731
        return lambda: harness.database.write(lambda: work() and None)

    def role(role: MemberRole) -> Callable[[], object]:
        return lambda: harness.database.change_role(where, cast.max, role)

    return {
        "removed": (
            "not found",
            changed(lambda it: it.remove_member(max_)),
            changed(lambda it: it.add_member(max_)),
        ),
        "deleted": (
            "not found",
            changed(Conversation.delete),
            changed(lambda it: it.restore(olive)),
        ),
        "reads": ("no", role(MemberRole.READER), role(MemberRole.MEMBER)),
        "handed over": (
            "no",
            changed(lambda it: it.hand_over(max_)),
            changed(lambda it: it.hand_over(olive)),
        ),
    }


def affected(what: str) -> Iterator[tuple[Action, str]]:
    """Yield the requests that are refused after a change: of the owner, or of a member."""
    of_members = set(Action) - OWNERS
    lost = {
        "removed": of_members,
        "deleted": set(Action),
        "reads": {Action.WRITE, Action.INSTRUCT},
        "handed over": OWNERS,
    }
    for action, request in REQUESTS:
        if action in lost[what] and not request.endswith("/restore"):
            yield action, request


@WITH_MANY_VALUES
@pytest.mark.parametrize("what", ["removed", "deleted", "reads", "handed over"])
def test_who_has_lost_the_right_meanwhile_changes_nothing(
    harness: Harness, cast: Cast, meanwhile: list[Callable[[], object]], what: str
) -> None:
    here = place(harness, cast, converse(harness, cast, harness.database.bot("Rita")), "")
    expected, do, undo = changes(harness, cast, here)[what]
    looked_at = []
    for action, request in affected(what):
        do(), undo()
        before, person = state(harness, here), cast.olive if action in OWNERS else cast.max
        meanwhile.append(do)
        answer = ask(harness, here, person, action, request)
        if meanwhile:
            meanwhile.clear()  # it writes nothing
            continue
        undo()
        if request not in NOTHING_OF_OTHERS:
            assert state(harness, here) == before, request
            assert answer == expected, request
            looked_at.append(request)
    assert len(looked_at) > 5


SWEPT = [
    *(
        f"POST {HERE}/{form}"
        for form in ("messages", "rename", "settings", "pin", "people", "share")
    ),
    *(f"POST {HERE}/{form}" for form in ("people/leave", "delete", "restore", "links", "mute")),
    *(f"POST {HERE}/messages/<message_id>/{form}" for form in ("edit", "stop", "choose", "branch")),
    *("send", "edit", "retry", "continue", "choose", "stop", "react", "pin", "branch"),
]


@pytest.mark.parametrize("request_", SWEPT)
def test_what_was_removed_for_good_meanwhile_is_not_found(
    harness: Harness, cast: Cast, meanwhile: list[Callable[[], object]], request_: str
) -> None:
    """A minute after its deletion: uploading the files of a form may take longer than that."""
    here = place(harness, cast, converse(harness, cast, harness.database.bot("Rita")), request_)
    key = harness.key(here.conversation)
    [action] = [action for action, each in REQUESTS if each == request_]
    before = now() - 2 * UNDO_TIME
    deleted = db.update(Conversation).where(Conversation.id == key).values(deleted_at=before)

    def sweeps() -> None:
        harness.database.write(lambda: db.session.execute(deleted) and None)
        while harness.database.write(lambda: remove_some(key)):
            pass

    meanwhile.append(sweeps)
    person = cast.olive if action in OWNERS else cast.max
    assert ask(harness, here, person, action, request_) == "not found"
    assert not meanwhile


@WITH_MANY_VALUES
def test_nothing_becomes_a_deleted_accounts_own_by_a_form_that_came_before(
    harness: Harness,
    cast: Cast,
    meanwhile: list[Callable[[], object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What says whose an account was is gone, and does not come back."""
    monkeypatch.setattr(deleting, "leave_all", lambda _: None)
    looked_at = []
    for number, (method, rule) in enumerate(requests(harness)):
        if method == "GET" or rule in ENDS_SIGN_INS:
            continue
        person = harness.database.bot(f"Nora {number}")
        mine = Mine(harness, replace(cast, olive=person))
        browser = Browser(harness.app).signed_in(person)
        token = csrf_token(browser.open("/account").text)
        left: list[Any] = []

        def deletes(mine: Mine = mine, left: list[Any] = left) -> None:
            delete_person(mine.key)
            left.append(mine.everything())

        meanwhile.append(deletes)
        fields = {"csrf_token": token, "id": "1", "name": "Taken", "dates": "de", "mail": "on"}
        fields |= {"new": "another fine password", "current": PASSWORD, "format": "json"}
        fields |= {"file": (BytesIO(picture()), "a.png")} if rule.endswith("/picture") else {}
        answer = browser.post_bare(mine.path(rule), **fields)
        if meanwhile:
            meanwhile.clear()
            continue
        looked_at.append(rule)
        assert answer.status_code < 500, rule
        assert without_events(mine.everything()) == without_events(left[0]), rule
    expected = {"/account", "/account/dates", "/account/picture", "/account/tokens", "/assistants"}
    expected |= {"/account/notifications", "/account/data/export", "/account/password"}
    assert expected <= set(looked_at)


def without_events(rows: dict[str, Any]) -> dict[str, Any]:
    """Leave out the log of what was done."""
    return {column: found for column, found in rows.items() if not column.startswith("audit")}


def test_nothing_can_be_added_to_a_deleted_account(harness: Harness, cast: Cast) -> None:
    max_ = harness.user(cast.max)
    delete_person(max_)
    subscription = Subscription("https://a/1", "", "", "")
    adds: list[Callable[[], object]] = [
        lambda: ApiToken.create(db.session.get_one(User, max_), "mine"),
        lambda: Assistant.add(max_, name="Mine"),
        lambda: OpenIdIdentity.connect(max_, "https://issuer.example", "max"),
        lambda: Passkey.add(max_, "id", name="Key", handle=b"h", public_key=b"k"),
        lambda: PushSubscription.add(max_, 1, "Phone", subscription),
        lambda: SecondFactor.replace(max_, "encrypted", 1),
        lambda: NotificationSettings.of(max_),
        lambda: Job.begin(max_, Kind.EXPORT, State.WAITING),
        lambda: Challenge.begin(Task.ADD_PASSKEY, max_),
        lambda: change_avatar(db.session.get_one(User, max_), b"RIFF"),
    ]
    for add in adds:
        with pytest.raises(NotFound, match="no such account"):
            harness.database.write(lambda add=add: add() and None)
    assert not harness.database.write(lambda: NotificationSettings.claim_mail(max_, 1))


def test_a_sign_in_may_replace_one_that_has_gone(
    harness: Harness, cast: Cast, meanwhile: list[Callable[[], object]]
) -> None:
    """The form of another tab has ended it, and it was swept."""
    olive = Browser(harness.app).signed_in(cast.olive)
    token = csrf_token(olive.open("/account").text)
    rows = db.delete(SignIn).where(SignIn.user_id == harness.user(cast.olive))
    meanwhile.append(lambda: harness.database.write(lambda: db.session.execute(rows) and None))
    fields = {"email": cast.olive.email, "password": PASSWORD, "csrf_token": token}
    assert olive.post_bare("/login", **fields).status_code == 302
    assert not meanwhile and olive.open("/account").status_code == 200
