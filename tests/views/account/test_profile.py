"""The profile: the user's name, which other people see, and the language of dates."""

from __future__ import annotations

from html import unescape

import pytest
from werkzeug.test import TestResponse

from app.views.account import DATES_CHANGED, NAME_CHANGED, NO_LANGUAGE, NO_NAME
from tests.support.browser import Browser, inside
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.harness import Harness


def test_a_new_name_is_shown_to_other_members(
    olive: Browser, harness: Harness, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    assert olive.post("/account", form_on="/account", name=" Olivia ").location == "/account"

    page = olive.open("/account").text

    assert NAME_CHANGED in page and 'value="Olivia"' in page
    max = Browser(harness.app).signed_in(cast.max)
    assert "<bdi>Olivia</bdi>, <bdi>Max</bdi>" in max.open(f"/conversations/{where}").text


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "<b>" * 40])
def test_a_refused_name_is_kept_in_its_field(olive: Browser, name: str) -> None:
    answer = olive.post("/account", form_on="/account", name=name)
    assert answer.status_code == 400
    assert inside(answer.text, "field-problem") == NO_NAME
    assert f'value="{name}"' in unescape(answer.text)
    assert ">Olive</span>" in answer.text, "the bar shows the name as it is"


def test_dates_are_in_the_chosen_language_in_all_browsers_of_the_user(
    olive: Browser, harness: Harness, cast: Cast
) -> None:
    assert choose_dates(olive, "de").location == "/account"
    assert DATES_CHANGED in olive.open("/account").text

    elsewhere = Browser(harness.app).signed_in(cast.olive).open("/account").text

    assert ' data-dates="de"' in elsewhere
    assert '<option value="de" lang="de" selected>' in elsewhere
    assert '<time lang="de" datetime="' in elsewhere
    assert "data-dates" not in Browser(harness.app).signed_in(cast.max).open("/account").text
    choose_dates(olive, "")
    usual = olive.open("/account").text
    assert "data-dates" not in usual and '<time datetime="' in usual


@pytest.mark.parametrize("tag", ["xx", "DE", "de ", "\0", "d" * 400])
def test_a_language_that_is_not_offered_is_refused(olive: Browser, tag: str) -> None:
    choose_dates(olive, "fr")
    answer = choose_dates(olive, tag)
    assert answer.status_code == 400
    assert inside(answer.text, "field-problem") == NO_LANGUAGE
    assert 'data-dates="fr"' in olive.open("/account").text


def choose_dates(browser: Browser, tag: str) -> TestResponse:
    return browser.post("/account/dates", form_on="/account", dates=tag)
