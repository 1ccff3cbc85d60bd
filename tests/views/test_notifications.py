"""The account's page of what somebody wants to be told of."""

from __future__ import annotations

from dataclasses import replace

from app.config import MailServer
from app.models import NotificationSettings
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness

PAGE = "/account/notifications"
SERVER = MailServer("127.0.0.1", 9, False, None, None, "midstream@example.org")


def choices(harness: Harness, cast: Cast) -> tuple[bool, bool, bool]:
    user_id = harness.user(cast.olive)

    def work() -> tuple[bool, bool, bool]:
        settings = NotificationSettings.read(user_id)
        return settings.mentions, settings.answers, settings.mail

    return harness.database.read(work)


def test_at_first_everything_is_told_of(harness: Harness, cast: Cast, olive: Browser) -> None:
    page = olive.open(PAGE).text
    assert page.count('type="checkbox"') - page.count("data-shortcuts-on") == 2
    assert 'name="mail"' not in page, "there is no mail server"
    assert choices(harness, cast) == (True, True, True)


def test_what_is_chosen_is_stored_and_shown(harness: Harness, cast: Cast, olive: Browser) -> None:
    config = harness.app.extensions["config"]
    harness.app.extensions["config"] = replace(config, mail=SERVER)
    for fields in ({"answers": "on"}, {"answers": "on"}):  # twice is once
        assert olive.post(PAGE, form_on=PAGE, **fields).location == PAGE
    assert choices(harness, cast) == (False, True, False)
    page = olive.open(PAGE).text
    assert 'name="answers" checked' in page and 'name="mail" checked' not in page


def test_without_a_mail_server_the_choice_of_mail_stays(
    harness: Harness, cast: Cast, olive: Browser
) -> None:
    olive.post(PAGE, form_on=PAGE)
    assert choices(harness, cast) == (False, False, True)


def test_odd_fields_are_refused(harness: Harness, cast: Cast, olive: Browser) -> None:
    assert olive.post(PAGE, form_on=PAGE, mentions="x" * 1000).status_code == 400
    assert choices(harness, cast) == (True, True, True)


def test_nobody_sees_it_without_signing_in(nobody: Browser) -> None:
    assert (nobody.open(PAGE).location or "").startswith("/login")


def test_a_conversation_is_muted_and_unmuted(olive: Browser, conversation: str) -> None:
    here = f"/conversations/{conversation}"
    assert olive.post(f"{here}/mute").location == "/conversations"
    assert f'action="{here}/unmute"' in olive.open(f"{here}/options").text
    olive.post(f"{here}/unmute")
    assert f'action="{here}/mute"' in olive.open(f"{here}/options").text
