"""The profile: the user's name, which other people see."""

from __future__ import annotations

from html import unescape

import pytest

from app.views.account import NAME_CHANGED, NO_NAME
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
