"""All the ways in which what Max signs in with is taken from him."""

from __future__ import annotations

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
    elsewhere = scenario.browser_there()
    elsewhere.post("/account/password", current=PASSWORD, new=OTHER_PASSWORD)
    assert elsewhere.is_signed_in(), "who has changed it stays signed in, with a new cookie"


def set_password_by_command(scenario: Scenario) -> None:
    scenario.run("user", "password", "max@example.org", "--password", OTHER_PASSWORD)


def disable_by_command(scenario: Scenario) -> None:
    scenario.run("user", "disable", "max@example.org")


def revoke_here(scenario: Scenario) -> None:
    scenario.browser.post("/account/tokens/revoke", name="laptop")


def revoke_there(scenario: Scenario) -> None:
    scenario.browser_there().post("/account/tokens/revoke", name="laptop")


def revoke_by_command(scenario: Scenario) -> None:
    scenario.run("token", "revoke", "max@example.org", "laptop")


COOKIE_ENDS = [
    sign_out_here,
    sign_out_there,
    sign_out_everywhere,
    change_password_there,
    set_password_by_command,
    disable_by_command,
]
TOKEN_ENDS = [revoke_here, revoke_there, revoke_by_command, disable_by_command]
