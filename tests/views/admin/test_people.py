"""The administrators' pages of all people."""

from __future__ import annotations

import re
from threading import Thread

import pytest
from flask import Flask

from app.errors import DomainError
from app.extensions import db
from app.models import Link, SecondFactor, SignIn, User, people
from app.models.people import person_with
from app.models.user import DISABLED, LAST_ADMINISTRATOR
from app.sockets.control_events import ControlEventHandler
from app.views.admin_people import ONESELF
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast, Person
from tests.support.database import Database
from tests.support.harness import Harness
from tests.support.socket import Socket

PEOPLE = "/admin/people"


def key_of(database: Database, person: Person) -> int:
    found = db.select(User.id).where(User.email == person.email)
    return database.read(lambda: db.session.scalars(found).one())


def user(database: Database, person: Person) -> tuple[bool, bool]:
    """Return whether somebody is an administrator, and active."""

    def state() -> tuple[bool, bool]:
        found = User.by_email(person.email)
        assert found
        return found.is_admin, found.is_active

    return database.read(state)


def page_of(database: Database, person: Person) -> str:
    return f"{PEOPLE}/{key_of(database, person)}"


def names_on(admin: Browser, query: str = "") -> list[str]:
    page = admin.open(f"{PEOPLE}{query}").text
    return re.findall(r'href="/admin/people/\d+"><bdi>([^<]+)</bdi>', page)


def test_the_list_has_everybody_and_can_be_searched(
    admin: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names_on(admin) == ["Eve", "Max", "Olive", "Rex"]
    assert names_on(admin, "?q=OLI") == ["Olive"]
    assert names_on(admin, "?q=eve@example") == ["Eve"]
    assert names_on(admin, "?q=%25") == [], "a sign of the search is only text"
    page = admin.open(PEOPLE).text
    assert "max@example.org</bdi>, administrator" in " ".join(page.split())
    assert "last seen" in page and "not seen yet" in page
    monkeypatch.setattr(people, "PAGE_PEOPLE", 3)
    assert names_on(admin) == ["Eve", "Max", "Olive"]
    assert names_on(admin, "?page=2") == ["Rex"]
    assert "Page before" in admin.open(f"{PEOPLE}?page=2").text
    assert names_on(admin, "?page=3") == []


def test_a_lost_second_factor_is_removed(admin: Browser, cast: Cast, database: Database) -> None:
    page, key = page_of(database, cast.olive), key_of(database, cast.olive)
    database.write(lambda: SecondFactor.replace(key, "encrypted", 1))
    assert "Remove the second factor" in admin.open(page).text
    removed = [admin.post(f"{page}/no-second-factor", form_on=page) for _ in range(2)]
    assert [each.status_code for each in removed] == [302, 409]
    assert "There is no second factor to remove." in removed[1].text
    assert not database.read(lambda: SecondFactor.exists(key))
    assert "Second factor removed" in admin.open(f"/admin/log?person={cast.olive.email}").text


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=x", "?page=99999999", f"?q={'x' * 201}", "?q=%00"]
)
def test_odd_queries_are_refused(admin: Browser, query: str) -> None:
    assert admin.open(f"{PEOPLE}{query}").status_code == 400


def test_who_is_gone_is_not_found(admin: Browser) -> None:
    for key in (999, 2**31, 2**70):
        assert admin.open(f"{PEOPLE}/{key}").status_code == 404
        refused = admin.post(f"{PEOPLE}/{key}/disable", form_on="/account")
        assert refused.status_code == 404


def test_roles_are_given_and_taken_but_not_the_last_one(
    app: Flask, admin: Browser, cast: Cast, database: Database
) -> None:
    olive, mine = page_of(database, cast.olive), page_of(database, cast.max)
    refused = admin.post(f"{mine}/no-admin", form_on=mine)
    assert (refused.status_code, LAST_ADMINISTRATOR in refused.text) == (409, True)
    for _ in range(2):
        assert admin.post(f"{olive}/admin", form_on=olive).status_code == 302
        assert user(database, cast.olive) == (True, True)
    assert "Olive is an administrator now." in admin.open(olive).text
    assert admin.post(f"{mine}/no-admin", form_on=mine).status_code == 302, "there is another one"
    assert admin.open(PEOPLE).status_code == 403
    assert user(database, cast.max) == (False, True)


def test_a_disabled_administrator_does_not_count(
    admin: Browser, cast: Cast, database: Database
) -> None:
    database.write(lambda: user_of(cast.olive).set_admin(True))
    database.write(lambda: people.disable(user_of(cast.olive)))
    mine = page_of(database, cast.max)
    assert admin.post(f"{mine}/no-admin", form_on=mine).status_code == 409


def user_of(person: Person) -> User:
    found = User.by_email(person.email)
    assert found
    return found


def test_of_two_administrators_who_resign_at_the_same_moment_one_stays(
    admin: Browser, cast: Cast, database: Database
) -> None:
    database.write(lambda: user_of(cast.olive).set_admin(True))
    refused: list[DomainError] = []

    def resign(person: Person) -> None:
        def work() -> None:
            found = user_of(person)
            found.check_not_last_admin()
            found.set_admin(False)

        try:
            database.write(work)
        except DomainError as error:
            refused.append(error)

    both = [Thread(target=resign, args=(person,)) for person in (cast.olive, cast.max)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    admins = [user(database, person)[0] for person in (cast.olive, cast.max)]
    assert (sorted(admins), len(refused)) == ([False, True], 1)


def test_who_is_disabled_is_out_at_once_and_can_not_come_back(
    app: Flask, harness: Harness, admin: Browser, cast: Cast, conversation: str
) -> None:
    database, handler = harness.database, ControlEventHandler()
    handler.handle_new()
    olive, page = Browser(app).signed_in(cast.olive), page_of(harness.database, cast.olive)
    by_cookie = Socket(app, browser=olive.client)
    by_token = harness.reader(cast.olive, conversation)
    assert by_cookie.is_connected and by_token.is_connected, "precondition"
    secret = database.write(lambda: people.reset_link(user_of(cast.olive)))

    assert admin.post(f"{page}/disable", form_on=page).status_code == 302
    assert olive.open("/account").status_code == 302
    handler.handle_new()
    assert not by_cookie.is_connected and not by_token.is_connected
    assert not Socket(app, cast.olive.token).is_connected
    nobody = Browser(app)
    fields = {"email": cast.olive.email, "password": PASSWORD}
    refused = nobody.post("/login", form_on="/login", **fields)
    assert (refused.status_code, DISABLED in refused.text) == (403, True)
    wrong = nobody.post("/login", form_on="/login", **fields | {"password": "a guess"})
    assert (wrong.status_code, DISABLED in wrong.text) == (422, False), "no stranger learns of it"
    refused = nobody.post("/link", form_on="/login", code=secret)
    assert refused.status_code == 404
    with pytest.raises(DomainError, match="disabled"):
        database.write(lambda: SignIn.begin(user_of(cast.olive).id))
    before = database.read(lambda: db.session.scalar(db.select(db.func.count(Link.id))))
    assert admin.post(f"{page}/reset-link", form_on=page).status_code == 409
    assert database.read(lambda: db.session.scalar(db.select(db.func.count(Link.id)))) == before

    assert admin.post(f"{page}/disable", form_on=page).status_code == 302, "twice"
    assert admin.post(f"{page}/enable", form_on=page).status_code == 302
    assert nobody.post("/login", form_on="/login", **fields).status_code == 302
    assert olive.open("/account").status_code == 302, "an earlier sign-in stays ended"


def test_nobody_disables_oneself(admin: Browser, cast: Cast, database: Database) -> None:
    mine = page_of(database, cast.max)
    refused = admin.post(f"{mine}/disable", form_on=mine)
    assert (refused.status_code, ONESELF in refused.text) == (409, True)
    assert user(database, cast.max) == (True, True)


def test_a_link_for_a_new_password_is_shown_once(
    app: Flask, admin: Browser, cast: Cast, database: Database
) -> None:
    page = page_of(database, cast.olive)
    assert admin.post(f"{page}/reset-link", form_on=page).location == page
    shown = admin.open(page)
    assert shown.headers["Cache-Control"] == "no-store"
    [secret] = re.findall(r"/link#(midstream_link_[\w-]+)", shown.text)
    assert secret not in admin.open(page).text
    nobody = Browser(app)
    nobody.post("/link", form_on="/login", code=secret)
    changed = nobody.post("/password/new", form_on="/password/new", new="a new one, long enough")
    assert changed.location == "/login"


def test_a_bot_gets_no_link(harness: Harness, admin: Browser) -> None:
    page = page_of(harness.database, harness.database.bot("Rita"))
    assert "Make a link" not in admin.open(page).text
    assert admin.post(f"{page}/reset-link", form_on=page).status_code == 409


def test_a_key_that_no_database_has_is_nobody(harness: Harness) -> None:
    with pytest.raises(DomainError):
        harness.database.read(lambda: person_with(2**40))


def test_who_is_deleted_is_gone_and_what_they_wrote_stays(
    app: Flask, harness: Harness, admin: Browser, cast: Cast, conversation: str
) -> None:
    database, page = harness.database, page_of(harness.database, cast.olive)
    olive = Browser(app).signed_in(cast.olive)
    harness.answered(conversation, cast.olive)
    mine = page_of(database, cast.max)
    refused = admin.post(f"{mine}/delete", form_on=mine)
    assert (refused.status_code, ONESELF in refused.text) == (409, True)
    assert admin.post(f"{page}/delete", form_on=page).location == PEOPLE
    assert names_on(admin) == ["Eve", "Max", "Rex"]
    assert olive.open("/account").status_code == 302
    assert not Socket(app, cast.olive.token).is_connected
    for gone in (admin.open(page), admin.post(f"{page}/delete", form_on=PEOPLE)):
        assert gone.status_code == 404, "twice"
    assert admin.post(f"{page}/enable", form_on=PEOPLE).status_code == 404
    shown = admin.open(f"/conversations/{conversation}").text
    assert "Former member" in shown and "Olive" not in shown.split("data-messages")[1]
    log = admin.open(f"/admin/log?person={cast.olive.email}&kind=deleted").text
    assert log.count("<time") == 1 and cast.max.email in log
