"""A credential is checked on every request, and once for each socket."""

from __future__ import annotations

import re
import time

import pytest
from flask import Flask, session
from flask_login import current_user

from app.auth.identity import API_TOKEN, SIGN_IN, credential
from app.auth.revocations import revocations
from app.extensions import db
from app.models import ApiToken, SignIn
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.harness import Harness
from tests.support.statements import collected


@pytest.fixture
def key(database: Database, cast: Cast) -> str:
    """The key in Olive's cookie."""
    return database.write(lambda: SignIn.begin(ApiToken.by_token(cast.olive.token).user.id))


def test_there_is_no_credential_outside_a_request(app: Flask) -> None:
    with app.app_context():
        assert credential() is None


def test_a_request_without_a_credential_is_anonymous(app: Flask, cast: Cast) -> None:
    with app.test_request_context():
        assert credential() is None
        assert not current_user.is_authenticated


def test_a_cookie_identifies_a_sign_in(app: Flask, key: str) -> None:
    with app.test_request_context():
        session[SIGN_IN] = key
        assert isinstance(credential(), SignIn)
        assert current_user.name == "Olive"


def test_a_token_takes_precedence_over_a_cookie(app: Flask, cast: Cast, key: str) -> None:
    with app.test_request_context(environ_overrides={API_TOKEN: cast.max.token}):
        session[SIGN_IN] = key
        assert isinstance(credential(), ApiToken)
        assert current_user.name == "Max"


def test_an_invalid_token_is_refused_despite_a_valid_cookie(
    app: Flask, cast: Cast, key: str
) -> None:
    with app.test_request_context(environ_overrides={API_TOKEN: "midstream_wrong"}):
        session[SIGN_IN] = key
        assert credential() is None
        assert not current_user.is_authenticated


def test_a_token_in_an_http_header_is_ignored(app: Flask, cast: Cast) -> None:
    headers = {"midstream.api_token": cast.olive.token, "Authorization": cast.olive.token}
    with app.test_request_context(headers=headers):
        assert credential() is None


def test_an_ended_sign_in_is_anonymous_on_the_next_request(app: Flask, key: str) -> None:
    for expected in (True, False):
        with app.test_request_context():
            session[SIGN_IN] = key
            assert current_user.is_authenticated is expected
            if expected:
                credential().end()
                db.session.commit()


# how much somebody may use is read in the transaction that asks a model
READS_THE_USER_AGAIN = re.compile(
    r"(?<!monthly_limit )FROM (user_account|sign_in|api_token)\s+WHERE \1\.id = "
)


@pytest.mark.parametrize(
    "path", ["/conversations", "/conversations?q=loaf", "/conversations/{}", "/account"]
)
def test_a_page_reads_its_user_once(
    harness: Harness, cast: Cast, conversation: str, path: str
) -> None:
    olive = Browser(harness.app).signed_in(cast.olive)
    with collected() as statements:
        assert olive.open(path.format(conversation)).status_code == 200
    check_user_is_read_once(statements)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/conversations", {}),
        ("/conversations/{}/messages", {"content": "A loaf?", "read": "the author"}),
        ("/account/tokens", {"name": "New", "read": "the owner"}),
        ("/account/tokens/revoke", {"name": "tests"}),
        ("/account/sign-ins/end", {"id": "1"}),
    ],
)
def test_a_form_reads_its_user_once(
    harness: Harness, cast: Cast, conversation: str, path: str, fields: dict[str, str]
) -> None:
    olive = Browser(harness.app).signed_in(cast.olive)
    olive.open("/conversations")
    fields = dict(fields)
    read = fields.pop("read", None)
    harness.app.config["WTF_CSRF_ENABLED"] = False
    with collected() as statements:
        assert olive.post_bare(path.format(conversation), **fields).status_code in (302, 303)
    check_user_is_read_once(statements, read)


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("join", {"conversation": "{conversation}"}),
        ("send", {"conversation": "{conversation}", "content": "And?", "read": "the author"}),
        ("edit", {"id": "{question}", "content": "Or?"}),
        ("retry", {"id": "{answer}"}),
        ("create", {}),
        ("conversations", {}),
        ("history", {"conversation": "{conversation}", "before": 1}),
    ],
)
def test_an_event_does_not_read_its_user(
    harness: Harness, cast: Cast, conversation: str, event: str, payload: dict[str, object]
) -> None:
    answer = harness.answered(conversation, cast.olive).public_id
    question = harness.database.messages(conversation)[0].id
    names = {"conversation": conversation, "question": question, "answer": answer}
    olive = harness.reader(cast.olive)
    filled = {
        key: value.format(**names) if isinstance(value, str) else value
        for key, value in payload.items()
    }
    read = filled.pop("read", None)
    revocations.handled(time.monotonic())  # as a process does all the time
    with collected() as statements:
        assert olive.ask(event, filled)["ok"]
    check_user_is_read_once(statements, read, credentials=0)


def check_user_is_read_once(
    statements: list[str], read: object = None, credentials: int = 1
) -> None:
    """Assert that the credential and its user are read together, and not again: what is written may
    `read` the user as what it belongs to, and may lock it, which reads its key alone."""
    found = [each for each in statements if re.search(r"WHERE \w+\.(key|token)_hash", each)]
    assert len(found) == credentials
    no_reads = ("INSERT INTO audit_event", "SELECT user_account.id \nFROM user_account")
    others = [each for each in statements if not each.startswith(no_reads)]
    again = [each for each in others if READS_THE_USER_AGAIN.search(each.replace("\n", ""))]
    assert len(again) == (1 if read else 0), again
