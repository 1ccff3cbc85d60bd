"""On PostgreSQL, too: what is done twice at the same moment, in two tabs or by two people, is done
once, or is refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from app import replies
from app.auth.identity import SIGN_IN
from app.extensions import db
from app.models import (
    ApiToken,
    Conversation,
    File,
    Job,
    Link,
    Membership,
    Message,
    Passkey,
    SignIn,
    User,
    people,
    questions,
    reactions,
)
from app.models.deleting import delete_person
from app.models.job import Kind, State
from app.models.link import RESET_LIFETIME, Purpose
from app.models.registering import make_account, reset_password
from app.models.rights import Action, MemberRole
from app.providers import Text
from tests.importing import examples
from tests.importing.conftest import Imports
from tests.models.on_postgres.test_adding import count
from tests.models.on_postgres.test_people import at_once
from tests.models.on_postgres.test_two_at_once import together
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast, Person
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.support.uploads import add_file

pytestmark = pytest.mark.postgres

ROUNDS = 4  # of what may go either way


def here(key: int) -> Conversation:
    return db.session.get_one(Conversation, key)


def test_the_same_reaction_is_there_once(harness: Harness, cast: Cast) -> None:
    conversation = harness.database.conversation(cast.olive, cast.max)
    message = harness.message_key(
        harness.answered(conversation, cast.olive, Text("Yes.")).public_id
    )
    key, both = harness.key(conversation), [harness.user(cast.olive), harness.user(cast.max)]

    def react(user: int, on: bool) -> Callable[[], object]:
        return lambda: reactions.react(here(key), message, user, "🎉", on=on)

    def stored() -> tuple[dict[str, list[int]], int]:
        row = db.session.get_one(Message, message)
        return {emoji: sorted(by) for emoji, by in row.reactions.items()}, here(key).reacted

    for on, expected in ((True, ({"🎉": sorted(both)}, 2)), (False, ({}, 4))):
        assert at_once(harness, *(react(user, on) for user in both * 4)) == 8
        assert harness.database.read(stored) == expected, "each change is counted once"


def test_a_link_of_one_use_is_used_once(harness: Harness, cast: Cast) -> None:
    """A new password, the first account by one code, and an account by an invitation."""
    olive, write = harness.user(cast.olive), harness.database.write

    def link(purpose: Purpose, **fields: object) -> int:
        secret = write(lambda: Link.create(purpose, RESET_LIFETIME, **fields))
        return harness.database.read(lambda: Link.by_secret(secret, purpose).id)

    def account(number: int, by: int) -> Callable[[], object]:
        return lambda: make_account(f"{by}-{number}@example.org", "N", "", by)

    reset = link(Purpose.RESET, user_id=olive)
    new = [lambda number=number: reset_password(reset, f"hash {number}") for number in range(8)]
    assert at_once(harness, *new) == 1
    for purpose in (Purpose.REGISTER, Purpose.FIRST):
        by = link(purpose)
        assert at_once(harness, *(account(number, by) for number in range(8))) == 1
        made = db.select(db.func.count()).where(User.email.startswith(f"{by}-"))
        assert harness.database.read(lambda made=made: db.session.scalar(made)) == 1


def test_there_are_no_more_of_ones_own_than_there_may_be(
    app: Flask, harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("api_token.MAX_TOKENS", "passkey.MAX_PASSKEYS"):
        monkeypatch.setattr(f"app.models.{name}", 3)
    monkeypatch.setattr("app.models.conversation.MAX_PINNED", 3)
    monkeypatch.setattr("app.models.file.MAX_PENDING", 3)
    olive = harness.user(cast.olive)
    conversations = [harness.key(harness.database.conversation(cast.olive)) for _ in range(8)]

    def token(number: int) -> object:
        return ApiToken.create(db.session.get_one(User, olive), f"No. {number}")

    def passkey(number: int) -> None:
        Passkey.add(olive, f"id {number}", name="Key", handle=b"h", public_key=b"k")

    def pin(number: int) -> None:
        here(conversations[number]).pin(olive, True)

    def all_at_once(work: Callable[[int], object]) -> int:
        return at_once(harness, *(lambda number=number: work(number) for number in range(8)))

    assert all_at_once(token) == 2, "there was one before"
    assert all_at_once(passkey) == 3
    assert all_at_once(pin) == 3
    assert harness.database.read(lambda: Membership.count_pinned(olive)) == 3
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: add_file(harness.database, olive), range(8)))
    assert count(harness, File) == 3


def test_a_person_begins_one_job(harness: Harness, cast: Cast) -> None:
    olive = harness.user(cast.olive)
    kinds = [(Kind.EXPORT, State.WAITING), (Kind.PREVIEW, State.UPLOADING)] * 4
    begins = [lambda about=about: Job.begin(olive, *about) for about in kinds]
    assert at_once(harness, *begins) == 1
    assert count(harness, Job) == 1


def test_the_same_file_is_imported_once(app: Flask, harness: Harness, cast: Cast) -> None:
    imports = Imports()

    def import_file(_: int) -> dict[str, Any]:
        with app.app_context():
            report = imports.these(cast.olive, examples.bees(), examples.rivers())
            db.session.remove()
            return report

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(import_file, range(4)))
    outcomes = [each["outcomes"] for each in reports]
    assert sum(each.get("added", 0) for each in outcomes) == 2
    titles = imports.conversations(cast.olive)
    assert len(titles) == len(set(titles)) == 2
    assert imports.these(cast.olive, examples.bees())["outcomes"] == {"unchanged": 1}


def test_an_answer_gets_one_new_version(harness: Harness, cast: Cast, conversation: str) -> None:
    """Whether it is retried by both, or its question is edited in two tabs."""
    answer = harness.answered(conversation, cast.olive, Text("Yes."))
    key, olive = harness.key(conversation), harness.user(cast.olive)
    both = (olive, harness.user(cast.max))

    def retry(user: int) -> Callable[[], object]:
        return lambda: questions.retry(here(key), answer.public_id, user)

    assert at_once(harness, *(retry(user) for user in both * 4)) == 1
    question, again = harness.database.messages(conversation)
    replies.stop(harness.message_key(again.id), olive)

    def edit(number: int) -> Callable[[], object]:
        new = questions.Question(olive, f"Or {number}?", "<p></p>", f"key {number}")
        return lambda: questions.edit(here(key), question.id, new)

    assert at_once(harness, *(edit(number) for number in range(8))) == 1
    assert len(harness.database.messages(conversation)) == 2
    chosen = [lambda user=user: questions.choose(here(key), question.id, user, 1) for user in both]
    assert at_once(harness, *chosen * 4) == 1, "what is shown again has another id"
    shown, stopped = harness.database.messages(conversation)
    assert (shown.content, stopped.status) == (question.content, "stopped")


def test_whoever_is_removed_while_writing_has_written_before_or_not_at_all(
    app: Flask, harness: Harness, cast: Cast
) -> None:
    """And so has who is deleted, and whoever writes while the conversation is deleted; their file
    is in the message, or was not sent."""
    max_, olive = harness.user(cast.max), harness.user(cast.olive)

    def removes(it: Conversation) -> None:
        it.allow(olive, Action.MANAGE).remove_member(max_)

    def reads(it: Conversation) -> None:
        it.allow(olive, Action.MANAGE).change_role(max_, MemberRole.READER)

    def deletes(it: Conversation) -> None:
        it.allow(olive, Action.DELETE).delete()

    for change in (removes, reads, deletes) * ROUNDS:
        conversation = harness.database.conversation(cast.olive, cast.max)
        file = add_file(harness.database, max_)
        refused = changed_while_writing(app, harness, conversation, change, max_, file)
        sent = [each.content for each in harness.database.messages(conversation)]
        is_sent = file not in pending(harness, max_)
        assert (len(refused) == 1) == (sent == []) == (not is_sent), refused


def changed_while_writing(
    app: Flask,
    harness: Harness,
    conversation: str,
    change: Callable[[Conversation], object],
    author: int,
    file: str,
) -> list[str]:
    """Change a conversation while somebody sends a file there; return the refusals."""
    key = harness.key(conversation)
    return together(
        app,
        lambda: harness.database.write(lambda: change(here(key)) and None),
        lambda: replies.ask(key, author, "Here it is.", None, files=[file]),
    )


def pending(harness: Harness, user: int) -> Sequence[str]:
    """Return the uploads of somebody that were not sent."""
    found = db.select(File.public_id).where(File.uploader_id == user, ~File.is_sent)
    return harness.database.read(lambda: db.session.scalars(found).all())


def test_whoever_is_deleted_while_asking_has_left_and_what_was_written_stays(
    app: Flask, harness: Harness, cast: Cast
) -> None:
    for number in range(ROUNDS):
        nora = harness.database.bot(f"Nora {number}")
        conversation = harness.database.conversation(cast.olive, nora)
        refused = deleted_while_asking(app, harness, conversation, harness.user(nora))
        sent = [each.content for each in harness.database.messages(conversation)]
        assert sent[:1] == ([] if refused else ["And?"]), refused


def deleted_while_asking(app: Flask, harness: Harness, conversation: str, user: int) -> list[str]:
    """Delete somebody who asks; return the refusals. They are no member afterwards."""
    key = harness.key(conversation)
    refused = together(
        app, lambda: delete_person(user), lambda: replies.ask(key, user, "And?", None)
    )
    assert not harness.database.read(lambda: Membership.exists(key, user))
    return refused


def test_a_deletion_is_done_and_undone_once(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    key, olive = harness.key(conversation), harness.user(cast.olive)
    version = lambda: harness.database.read(lambda: here(key).version)  # noqa: E731
    before = version()
    delete = lambda: here(key).allow(olive, Action.DELETE).delete()  # noqa: E731
    assert at_once(harness, *[delete] * 8) == 1
    assert version() == before + 1
    assert at_once(harness, *[lambda: here(key).restore(olive)] * 8) == 1
    assert version() == before + 2


def test_what_is_done_while_an_account_is_deleted_leaves_nothing_of_it(
    app: Flask, harness: Harness
) -> None:
    """By its owner in another tab, and by an administrator who lets somebody sign in again."""
    write = harness.database.write

    def enable(key: int) -> None:
        User.locked(people.person_with(key).id).enable()

    works: list[Callable[[int], object]] = [
        lambda key: ApiToken.create(db.session.get_one(User, key), "mine"),
        lambda key: User.locked(key).rename("Nora"),
        lambda key: SignIn.begin(key, "Firefox"),
        enable,
    ]
    for number, work in enumerate(works * ROUNDS):
        harness.database.bot(f"Nora {number}")
        key = key_of(harness, f"Nora {number}")
        if work is enable:
            write(lambda key=key: people.disable(db.session.get_one(User, key)))
        done = lambda work=work, key=key: work(key) and None  # noqa: E731
        together(app, lambda key=key: delete_person(key), lambda done=done: write(done))
        about = harness.database.read(lambda key=key: erased(key))
        assert about == (f"deleted-{key}", "", True, 0, 0), number


def key_of(harness: Harness, name: str) -> int:
    found = db.select(User.id).where(User.name == name)
    return harness.database.read(lambda: db.session.scalars(found).one())


def erased(key: int) -> tuple[str, str, bool, int, int]:
    """Return what is left of an account, and how many tokens and sign-ins."""
    user = db.session.get_one(User, key)
    counts = [
        db.session.scalar(db.select(db.func.count()).where(each.user_id == key)) or 0
        for each in (ApiToken, SignIn)
    ]
    return user.email, user.name, user.disabled_at is not None, counts[0], counts[1]


def tabs_of(app: Flask, harness: Harness, person: Person) -> list[Browser]:
    """Return tabs of one browser."""
    user_id, tabs = harness.user(person), [Browser(app) for _ in range(3)]
    key = harness.database.write(lambda: SignIn.begin(user_id))
    for tab in tabs:
        with tab.client.session_transaction() as session:
            session[SIGN_IN] = key
    return tabs


def test_a_form_that_is_sent_twice_at_once_is_no_error_of_the_server(
    app: Flask, harness: Harness, cast: Cast
) -> None:
    """Each is done, or refused with a sentence."""
    conversation = harness.database.conversation(cast.olive, cast.max)
    where, person = f"/conversations/{conversation}", "eve@example.org"
    forms: list[tuple[str, dict[str, str]]] = [
        ("/account/tokens", {"name": "mine"}),
        ("/account/notifications", {"mail": "on"}),
        (f"{where}/people", {"who": person}),
        (f"{where}/links", {}),
        (f"{where}/share", {}),
        (f"{where}/mute", {}),
        (f"{where}/rename", {"title": "Once"}),
        (f"{where}/messages", {"content": "Once", "key": "k"}),
        ("/account/data/export", {"format": "json"}),
        (f"{where}/delete", {}),
        (f"{where}/restore", {}),
        ("/login", {"email": cast.olive.email, "password": PASSWORD}),
        ("/logout", {}),
    ]
    tabs = tabs_of(app, harness, cast.olive)
    for address, fields in forms:
        tokens = [csrf_token(tab.open("/account").text) for tab in tabs]

        def send(tab: Browser, token: str, address: str = address, fields: Any = fields) -> int:
            return tab.post_bare(address, csrf_token=token, **fields).status_code

        with ThreadPoolExecutor(3) as pool:
            answers = sorted(pool.map(send, tabs, tokens))
        assert answers[0] < 400 and answers[-1] < 500, (address, answers)
    stored = [each.content for each in harness.database.messages(conversation)]
    assert stored.count("Once") == 1
