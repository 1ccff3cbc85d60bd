"""The second factor: set up with an app, asked for after the password, each code once."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from pyotp import TOTP

from app.auth import totp
from app.auth.identity import SIGN_IN
from app.extensions import db
from app.models import Challenge, RecoveryCode, SecondFactor, SignIn
from app.models.challenge import LIFETIME
from app.models.columns import now
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast
from tests.support.database import Database
from tests.views.account.conftest import is_signed_in

PAGE, NEW = "/account/second-factor", "/account/second-factor/new"
STEP = "/login/second-factor"


class Clock:
    """The time of codes, in steps of 30 seconds."""

    def __init__(self) -> None:
        self.step = 1000

    def time(self) -> float:
        return self.step * 30.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(totp, "time", clock)
    return clock


class App:
    """An app on Olive's phone, with the recovery codes beside it."""

    def __init__(self, olive: Browser, clock: Clock) -> None:
        assert olive.post(PAGE, form_on=PAGE).location == NEW
        page = olive.open(NEW).text
        found = re.search(r'account-secret" dir="ltr">([A-Z2-7 ]+)<', page)
        assert found and "<svg" in page
        self.secret, self._clock = found[1].replace(" ", ""), clock
        self.answer = olive.post(NEW, form_on=NEW, code=self.code)
        self.recovery = re.findall(r"<code>([A-Z2-9-]{19})</code>", self.answer.text)

    @property
    def code(self) -> str:
        return TOTP(self.secret).generate_otp(self._clock.step)


@pytest.fixture
def phone_app(olive: Browser, clock: Clock) -> App:
    return App(olive, clock)


def sign_in(app: Flask, cast: Cast, path: str = "/login") -> Browser:
    """Send Olive's password; return the browser, which has to go on with a code."""
    browser = Browser(app)
    answer = browser.post(path, form_on="/login", email=cast.olive.email, password=PASSWORD)
    assert answer.location == STEP
    assert not is_signed_in(browser)
    return browser


def refused(browser: Browser, code: str) -> bool:
    answer = browser.post(STEP, form_on=STEP, code=code)
    return answer.status_code == 422 and "This code is wrong" in answer.text


def test_the_password_alone_signs_in_no_more(
    app: Flask, cast: Cast, clock: Clock, phone_app: App, database: Database
) -> None:
    assert len(phone_app.recovery) == 10
    assert phone_app.answer.headers["Cache-Control"] == "no-store"
    clock.step += 1
    browser = sign_in(app, cast, "/login?next=/account/use")
    assert refused(browser, "000000") and refused(browser, "") and refused(browser, "x" * 50)
    done = browser.post(STEP, form_on=STEP, code=f" {phone_app.code[:3]} {phone_app.code[3:]} ")
    assert done.location == "/account/use"
    assert is_signed_in(browser)
    stored = database.read(lambda: db.session.scalar(db.select(SecondFactor.secret)))
    assert phone_app.secret not in stored
    hashes = database.read(lambda: db.session.scalars(db.select(RecoveryCode.code_hash)).all())
    assert not set(phone_app.recovery) & set(hashes)


def test_a_code_is_used_once_and_a_clock_may_differ_by_half_a_minute(
    app: Flask, cast: Cast, clock: Clock, phone_app: App
) -> None:
    assert refused(sign_in(app, cast), phone_app.code), "it has been used to set it up"
    clock.step += 2
    late = phone_app.code
    clock.step += 1
    browser = sign_in(app, cast)
    assert browser.post(STEP, form_on=STEP, code=late).location == "/conversations"
    assert refused(sign_in(app, cast), late)
    clock.step += 2
    assert refused(sign_in(app, cast), late)


def test_a_recovery_code_signs_in_once_however_it_is_typed(
    app: Flask, cast: Cast, phone_app: App, olive: Browser
) -> None:
    code = phone_app.recovery[3]
    typed = code.lower().replace("-", " ")
    assert sign_in(app, cast).post(STEP, form_on=STEP, code=typed).location == "/conversations"
    assert refused(sign_in(app, cast), code)
    assert "9 recovery codes left" in re.sub(r"\s+", " ", olive.open(PAGE).text)
    renewed = olive.post(f"{PAGE}/codes", form_on=PAGE)
    fresh = re.findall(r"<code>([A-Z2-9-]{19})</code>", renewed.text)
    assert len(fresh) == 10
    assert refused(sign_in(app, cast), phone_app.recovery[4])
    assert sign_in(app, cast).post(STEP, form_on=STEP, code=fresh[0]).location == "/conversations"


def test_attempts_are_limited(app: Flask, cast: Cast, clock: Clock, phone_app: App) -> None:
    clock.step += 1
    browser = sign_in(app, cast)
    for _ in range(9):  # one was taken to set it up
        assert refused(browser, "000000")
    assert browser.post(STEP, form_on=STEP, code=phone_app.code).status_code == 429


def test_the_step_ends_with_its_time_and_with_its_use(
    app: Flask, cast: Cast, clock: Clock, phone_app: App, database: Database
) -> None:
    clock.step += 1
    browser = sign_in(app, cast)
    with browser.client.session_transaction() as session:
        kept = dict(session)
    assert browser.post(STEP, form_on=STEP, code=phone_app.code).location == "/conversations"
    replayed = Browser(app)
    with replayed.client.session_transaction() as session:
        session.update({name: each for name, each in kept.items() if name != SIGN_IN})
    assert replayed.open(STEP).location == "/login"
    clock.step += 1
    late = sign_in(app, cast)
    old = db.update(Challenge).values(expires_at=now() - LIFETIME)
    database.write(lambda: db.session.execute(old))
    assert late.post(STEP, form_on="/login", code=phone_app.code).location == "/login"
    assert not is_signed_in(late)


def test_a_new_password_ends_what_was_begun_with_the_old_one(
    app: Flask, cast: Cast, clock: Clock, phone_app: App, olive: Browser
) -> None:
    clock.step += 1
    browser = sign_in(app, cast)
    olive.post("/account/password", form_on="/account", current=PASSWORD, new="quite another")
    assert browser.post(STEP, form_on="/login", code=phone_app.code).location == "/login"
    assert not is_signed_in(browser)


def test_whoever_is_disabled_meanwhile_is_not_signed_in(
    app: Flask, cast: Cast, clock: Clock, phone_app: App, database: Database
) -> None:
    clock.step += 1
    browser = sign_in(app, cast)
    disabled = db.text("UPDATE user_account SET disabled_at = created_at")
    database.write(lambda: db.session.execute(disabled))
    browser.post(STEP, form_on=STEP, code=phone_app.code)
    assert not is_signed_in(browser)


def test_changing_it_takes_the_password_unless_the_sign_in_is_fresh(
    app: Flask, cast: Cast, clock: Clock, phone_app: App, olive: Browser, database: Database
) -> None:
    old = db.update(SignIn).values(created_at=now() - LIFETIME * 3)
    database.write(lambda: db.session.execute(old))
    for path in (PAGE, f"{PAGE}/codes", f"{PAGE}/remove"):
        for fields in ({}, {"current": "wrong"}):
            answer = olive.post(path, form_on=PAGE, **fields)
            assert answer.status_code == 400 and "current password is wrong" in answer.text
    removed = olive.post(f"{PAGE}/remove", form_on=PAGE, current=PASSWORD)
    assert removed.location == PAGE
    browser = Browser(app)
    browser.post("/login", form_on="/login", email=cast.olive.email, password=PASSWORD)
    assert is_signed_in(browser)
    database.write(
        lambda: db.session.execute(db.text("UPDATE user_account SET password_hash = ''"))
    )
    answer = olive.post(PAGE, form_on=PAGE, current="")
    assert answer.status_code == 400 and "sign out and in again" in answer.text


def test_it_is_set_up_with_a_right_code_only(olive: Browser, eve: Browser, clock: Clock) -> None:
    assert olive.open(NEW).location == PAGE, "nothing has begun"
    olive.post(PAGE, form_on=PAGE)
    wrong = olive.post(NEW, form_on=NEW, code="000000")
    assert wrong.status_code == 400 and "This code is wrong" in wrong.text
    with olive.client.session_transaction() as session:
        kept = dict(session)
    with eve.client.session_transaction() as session:
        session.update({name: each for name, each in kept.items() if name != SIGN_IN})
    assert eve.open(NEW).location == PAGE, "that is Olive's"
    assert olive.post(f"{PAGE}/codes", form_on=PAGE).text.count("<li><code>") == 0
    App(olive, clock)
    assert olive.post(NEW, form_on=PAGE, code="000000").location == PAGE, "it is done"
    assert olive.open(f"{PAGE}/codes").location == olive.open(f"{PAGE}/remove").location == PAGE
