"""All ways to end the sign-in or the token of Max."""

from __future__ import annotations

import pytest

from tests.support.cast import PASSWORD
from tests.system.security.scenario import Scenario

OTHER_PASSWORD = "another horse battery"


def sign_out_here(scenario: Scenario) -> None:
    scenario.browser.sign_out()


def sign_out_there(scenario: Scenario) -> None:
    scenario.browser_there().sign_out()


def sign_out_everywhere(scenario: Scenario) -> None:
    scenario.browser_there().post("/account/sign-out")


def change_password_there(scenario: Scenario) -> None:
    browser = scenario.browser_there()
    browser.post("/account/password", current=PASSWORD, new=OTHER_PASSWORD)
    assert browser.is_signed_in(), "the browser that changed it stays signed in, with a new cookie"


def set_password_by_command(scenario: Scenario) -> None:
    scenario.run("user", "password", "max@example.org", "--password", OTHER_PASSWORD)


def disable_by_command(scenario: Scenario) -> None:
    scenario.run("user", "disable", "max@example.org")


def delete_by_command(scenario: Scenario) -> None:
    scenario.run("user", "delete", "max@example.org", "--yes")


def revoke_here(scenario: Scenario) -> None:
    scenario.browser.post("/account/tokens/revoke", name="laptop")


def revoke_there(scenario: Scenario) -> None:
    scenario.browser_there().post("/account/tokens/revoke", name="laptop")


def revoke_by_command(scenario: Scenario) -> None:
    scenario.run("token", "revoke", "max@example.org", "laptop")


WITH_THREADS_TOO = pytest.mark.async_mode  # where a socket is closed does not depend on the way
END_SIGN_IN = [
    sign_out_here,
    pytest.param(sign_out_there, marks=WITH_THREADS_TOO),
    sign_out_everywhere,
    change_password_there,
    set_password_by_command,
    disable_by_command,
    delete_by_command,
]
END_TOKEN = [
    revoke_here,
    pytest.param(revoke_there, marks=WITH_THREADS_TOO),
    revoke_by_command,
    disable_by_command,
    delete_by_command,
]
