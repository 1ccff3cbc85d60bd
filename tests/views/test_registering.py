"""Making an account: as REGISTRATION says, and the first one with a code."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from app import commands, create_app, mail
from app.config import Config, MailServer
from app.database import write
from app.extensions import db
from app.models import Conversation, Link, User
from app.models.link import NOT_VALID, Purpose
from app.models.registering import ADDRESS_TAKEN
from app.models.rights import MemberRole
from app.server.preparing import prepare
from app.views import registering
from app.views.registering import CLOSED, NO_ADDRESS, NO_NAME
from tests.support.browser import Browser, without_the_new
from tests.support.cast import Cast, create_cast
from tests.support.database import Database

SERVER = MailServer("mail.example.org", 587, False, None, None, "midstream@example.org")
NEW = {"email": "Nora@example.org", "name": "Nora", "password": "a fine password"}
ADDRESS = re.compile(r"<bdi>[^<]+</bdi>")
CODE = re.compile(r"code within a day: ([A-Z2-9-]{19})$", re.MULTILINE)

Mails = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> Mails:
    """What would be mailed: the address, and the values of the text."""
    sent: Mails = []
    monkeypatch.setattr(mail, "send_soon", lambda to, *_, **values: sent.append((to, values)))
    return sent


def at(database_url: str, **settings: Any) -> Browser:
    """Return a browser at a server with these settings, which does everything at once."""
    app = create_app(Config("a key for tests", database_url=database_url, **settings))
    app.extensions["background"].start = lambda task, *args: task(*args)
    return Browser(app)


def invited(browser: Browser, **fields: Any) -> str:
    """Make a link for an account."""
    create = lambda: Link.create(Purpose.REGISTER, timedelta(days=1), **fields)  # noqa: E731
    return Database(browser.app).write(create)


def with_cast(browser: Browser) -> Cast:
    with browser.app.app_context():
        return create_cast()


def register(browser: Browser, **fields: str) -> Any:
    return browser.post("/register", form_on="/register", **{**NEW, **fields})


def is_signed_in(browser: Browser) -> bool:
    return browser.open("/account").status_code == 200


def users(browser: Browser) -> list[str]:
    found = db.select(User.email).order_by(User.id)
    return Database(browser.app).read(lambda: list(db.session.scalars(found)))


def test_closed_is_the_default(database_url: str) -> None:
    browser = at(database_url)
    with_cast(browser)
    refused = browser.open("/register")
    assert refused.status_code == 403 and CLOSED in refused.text
    assert "Create an account" not in browser.open("/login").text
    secret = invited(browser)
    browser.post("/link", form_on="/link", code=secret)
    assert browser.open("/register").status_code == 403, "a link of before it was closed"
    assert browser.post("/register", form_on="/login", **NEW).status_code == 403


def test_open_makes_an_account_and_signs_in(database_url: str) -> None:
    browser = at(database_url, registration="open")
    with_cast(browser)
    assert "Create an account" in browser.open("/login").text
    assert register(browser).location == "/conversations"
    assert is_signed_in(browser)
    assert users(browser)[-1] == "nora@example.org"
    assert browser.open("/register").location == "/conversations"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "nobody"}, NO_ADDRESS),
        ({"email": ""}, NO_ADDRESS),
        ({"email": "x" * 250 + "@example.org"}, NO_ADDRESS),
        ({"email": "a b@example.org"}, NO_ADDRESS),
        ({"name": " "}, NO_NAME),
        ({"name": "x" * 101}, NO_NAME),
        ({"name": "two\nlines"}, NO_NAME),
        ({"password": "short"}, "A password has 8 to 1,000 characters."),
        ({"password": "password"}, "one of the most common ones"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    database_url: str, fields: dict[str, str], sentence: str
) -> None:
    browser = at(database_url, registration="open")
    refused = register(browser, **fields)
    assert refused.status_code == 400 and sentence in unescape(refused.text)
    assert NEW["password"] not in refused.text
    assert users(browser) == [] and not is_signed_in(browser)


def test_an_address_has_one_account_also_at_the_same_moment(database_url: str) -> None:
    browsers = [at(database_url, registration="open") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(register, browsers))
    assert sorted(answer.status_code for answer in answers) == [302, 409, 409, 409]
    assert users(browsers[0]) == ["nora@example.org"]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert ADDRESS_TAKEN in refused.text


def test_by_invitation_a_link_makes_as_many_accounts_as_it_says(database_url: str) -> None:
    first, second, third = (at(database_url, registration="invitation") for _ in range(3))
    assert first.open("/register").location == "/link"
    secret = invited(first, max_uses=2)
    for browser in (first, second, third):
        assert browser.post("/link", form_on="/link", code=secret).location == "/register"
    assert register(first).location == "/conversations"
    assert register(second, email="nick@example.org").location == "/conversations"
    assert third.post("/register", form_on="/login", **NEW).location == "/register"
    assert len(users(first)) == 2


def test_a_link_that_was_used_up_meanwhile_makes_no_account(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = at(database_url, registration="invitation")
    browser.post("/link", form_on="/link", code=invited(browser))
    hash_password = registering.hash_password

    def meanwhile(*args: Any) -> str:
        write(lambda: db.session.execute(db.update(Link).values(uses=1)))
        return hash_password(*args)

    monkeypatch.setattr(registering, "hash_password", meanwhile)
    refused = register(browser)
    assert refused.status_code == 409 and NOT_VALID in unescape(refused.text)
    assert users(browser) == []


def test_a_taken_address_uses_up_no_invitation(database_url: str) -> None:
    browser = at(database_url, registration="invitation")
    cast = with_cast(browser)
    browser.post("/link", form_on="/link", code=invited(browser))
    refused = register(browser, email=cast.eve.email)
    assert refused.status_code == 409 and ADDRESS_TAKEN in refused.text
    assert register(browser).location == "/conversations"


def test_an_invitation_may_be_for_one_address_alone(database_url: str) -> None:
    browser = at(database_url, registration="invitation")
    secret = invited(browser, email="nick@example.org")
    browser.post("/link", form_on="/link", code=secret)
    assert "nick@example.org" in browser.open("/register").text
    register(browser)
    assert users(browser) == ["nick@example.org"]


def test_who_was_invited_to_a_conversation_comes_to_it_after_registering(
    database_url: str,
) -> None:
    browser = at(database_url, registration="open")
    cast = with_cast(browser)
    database = Database(browser.app)
    where = database.conversation(cast.olive)

    def link() -> str:
        conversation = Conversation.by_public_id(where)
        assert conversation
        return Link.create_into(conversation, MemberRole.MEMBER, timedelta(days=1), 1)

    browser.post("/link", form_on="/link", code=database.write(link))
    assert "Create an account" in browser.open("/link/join").text
    assert register(browser).location == "/link/join"
    joined = browser.post("/link/join", form_on="/link/join")
    assert joined.location == f"/conversations/{where}"


def test_the_first_account_takes_the_code_from_the_terminal(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = at(database_url, production=False, host="0.0.0.0")
    commands.register(browser.app)
    prepare(browser.app)
    found = CODE.search(capsys.readouterr().out)
    assert found
    assert "Nobody has an account here yet." in browser.open("/login").text
    assert browser.open("/register").location == "/link"
    assert browser.post("/link", form_on="/link", code="AAAA-BBBB-CCCC-DDDD").status_code == 404
    assert browser.post("/link", form_on="/link", code=found[1].lower()).location == "/register"
    assert register(browser).location == "/conversations"
    assert "Administration" in browser.open("/account").text
    other = at(database_url)
    assert "Nobody has an account" not in other.open("/login").text
    assert other.post("/link", form_on="/link", code=found[1]).status_code == 404
    prepare(browser.app)
    assert not CODE.search(capsys.readouterr().out)


def test_a_stranger_who_registers_first_does_not_end_the_code(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = at(database_url, registration="open", host="0.0.0.0", production=False)
    commands.register(browser.app)
    prepare(browser.app)
    (code,) = CODE.findall(capsys.readouterr().out)
    assert register(Browser(browser.app), email="eve@example.org").status_code == 302
    browser.post("/link", form_on="/link", code=code)
    assert register(browser).status_code == 302
    admins = db.select(User.email).where(User.is_admin)
    assert Database(browser.app).read(lambda: db.session.scalars(admins).all()) == [
        "nora@example.org"
    ]


@pytest.mark.parametrize("settings", [{"registration": "open"}, {"registration": "domains"}])
def test_where_mail_is_set_up_the_address_is_checked_first(
    database_url: str, mails: Mails, settings: dict[str, Any]
) -> None:
    about = {"mail": SERVER, "public_url": "https://chat.example.org", "domains": ("example.org",)}
    browser = at(database_url, **about, **settings)
    cast = with_cast(browser)
    assert register(browser).location == "/register", "without the mail there is no account"
    answer = browser.post("/register/mail", form_on="/register", email=NEW["email"])
    known = browser.post("/register/mail", form_on="/register", email=cast.eve.email)
    assert answer.status_code == known.status_code == 200
    same = {ADDRESS.sub("", without_the_new(each.text)) for each in (answer, known)}
    assert len(same) == 1
    (to, values), (to_eve, values_of_eve) = mails
    assert (to, to_eve) == ("nora@example.org", cast.eve.email)
    assert "link" not in values_of_eve
    address, secret = values["link"].split("#")
    assert address == "https://chat.example.org/link"
    assert browser.post("/link", form_on="/link", code=secret).location == "/register"
    register(browser, email="somebody-else@example.org")
    assert users(browser)[-1] == "nora@example.org"
    assert browser.post("/link", form_on="/link", code=secret).status_code == 404


@pytest.mark.parametrize(
    "email", ["nora@example.com", "nora@sub.example.org", "nora@example.org.x"]
)
def test_another_domain_is_refused(database_url: str, mails: Mails, email: str) -> None:
    settings = {"registration": "domains", "domains": ("example.org",), "mail": SERVER}
    browser = at(database_url, **settings, public_url="https://chat.example.org")
    with_cast(browser)
    refused = browser.post("/register/mail", form_on="/register", email=email)
    assert refused.status_code == 400 and "Only for addresses at example.org." in refused.text
    assert browser.post("/register/mail", form_on="/register", email="x").status_code == 400
    assert browser.open("/register/mail").location == "/register"
    assert mails == []


def test_mail_is_sent_only_where_it_is_asked_for(database_url: str, mails: Mails) -> None:
    browser = at(database_url, registration="open")
    answer = browser.post("/register/mail", form_on="/register", email=NEW["email"])
    assert answer.location == "/register"
    assert mails == []


def test_one_address_gets_few_mails(database_url: str, mails: Mails) -> None:
    browser = at(database_url, registration="open", mail=SERVER, public_url="https://x.example")
    answers = [
        browser.post("/register/mail", form_on="/register", email=NEW["email"]) for _ in range(6)
    ]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert len(mails) == 5
