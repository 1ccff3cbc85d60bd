"""Rate limits of password guesses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.auth.rate_limits.conftest import Make
from tests.support.browser import Browser
from tests.support.cast import PASSWORD, Cast, Person


@pytest.fixture
def guess(limited: Make, cast: Cast) -> Callable[..., int]:
    """Return a function that tries a password and returns the status."""
    app = limited(LIMIT_SIGN_IN_ACCOUNT="3 per minute", LIMIT_SIGN_IN_ADDRESS="8 per minute")

    def try_it(email: str, password: str = "a guess", address: str = "192.0.2.1") -> int:
        browser = Browser(app)
        browser.client.environ_base["REMOTE_ADDR"] = address
        answer = browser.post("/login", form_on="/login", email=email, password=password)
        if answer.status_code == 429:
            assert 0 < int(answer.headers["Retry-After"]) <= 60
            assert "too much at once" in answer.text
        return answer.status_code

    return try_it


@pytest.mark.parametrize("email", ["olive@example.org", "nobody@example.org"])
def test_guesses_at_an_account_are_limited_from_all_addresses(
    guess: Callable[..., int], email: str
) -> None:
    written = [email, f" {email.upper()}", email, email]
    statuses = [guess(name, address=f"192.0.2.{n}") for n, name in enumerate(written)]
    assert statuses == [422, 422, 422, 429]
    assert guess(email, PASSWORD, "192.0.2.9") == 429, "the right password is refused, too"
    assert guess("max@example.org") == 422


def test_the_right_password_resets_the_count(guess: Callable[..., int]) -> None:
    for _ in range(3):
        statuses = [guess("olive@example.org"), guess("olive@example.org", PASSWORD)]
        assert statuses == [422, 302]


@pytest.mark.parametrize(
    "addresses",
    [["192.0.2.7"], ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"], ["::ffff:192.0.2.8"]],
)
def test_guesses_from_an_address_are_limited_for_all_accounts(
    guess: Callable[..., int], addresses: list[str]
) -> None:
    statuses = [
        guess(f"somebody{n}@example.org", address=addresses[n % len(addresses)]) for n in range(9)
    ]
    assert statuses == [422] * 8 + [429]
    assert guess("olive@example.org", address="192.0.2.99") == 422


@pytest.fixture
def browser(limited: Make, cast: Cast) -> Browser:
    """A browser in which Olive has signed in, and signed out again."""
    app = limited(LIMIT_SIGN_IN_ACCOUNT="3 per minute", LIMIT_SIGN_IN_BROWSER="2 per minute")
    browser = Browser(app)
    assert submit(browser, cast.olive, PASSWORD) == 302
    browser.post("/logout")
    return browser


def submit(browser: Browser, person: Person, password: str) -> int:
    """Fill in the sign-in form, send it, and return the status."""
    fields = {"email": person.email, "password": password}
    return browser.post("/login", form_on="/login", **fields).status_code


def lock(browser: Browser, person: Person) -> Browser:
    """Let a stranger, whose browser is returned, guess until the account is locked."""
    stranger = Browser(browser.app)
    assert [submit(stranger, person, "a guess") for _ in range(4)] == [422, 422, 422, 429]
    return stranger


def test_a_browser_that_has_signed_in_before_is_let_past_the_lock(
    browser: Browser, cast: Cast
) -> None:
    stranger = lock(browser, cast.olive)
    assert submit(browser, cast.olive, PASSWORD) == 302
    assert submit(stranger, cast.olive, PASSWORD) == 429, "the lock holds for everybody else"


def test_a_known_browser_that_guesses_is_limited_by_itself(browser: Browser, cast: Cast) -> None:
    assert [submit(browser, cast.olive, "a guess") for _ in range(3)] == [422, 422, 429]
    assert submit(Browser(browser.app), cast.olive, PASSWORD) == 302, "it does not lock the account"


def test_the_device_cookie_opens_no_other_account(browser: Browser, cast: Cast) -> None:
    lock(browser, cast.max)
    assert submit(browser, cast.max, PASSWORD) == 429


@pytest.mark.parametrize("forge", [lambda value: "x" + value, lambda value: "", lambda value: "x"])
def test_a_forged_device_cookie_is_as_good_as_none(
    browser: Browser, cast: Cast, forge: Callable[[str], str]
) -> None:
    cookie = browser.client.get_cookie("midstream-device")
    assert cookie and cast.olive.email not in cookie.value
    browser.client.set_cookie("midstream-device", forge(cookie.value))
    lock(browser, cast.olive)
    assert submit(browser, cast.olive, PASSWORD) == 429


def test_the_signed_in_owner_of_a_locked_account_can_change_the_password(
    browser: Browser, cast: Cast
) -> None:
    assert submit(browser, cast.olive, PASSWORD) == 302
    lock(browser, cast.olive)
    changed = browser.post(
        "/account/password", form_on="/account", current=PASSWORD, new="quite another"
    )
    assert changed.location == "/account/security"
