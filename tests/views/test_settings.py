"""How the models of a conversation answer, and assistants to begin with."""

from __future__ import annotations

import re
from html import unescape

import pytest

from app.extensions import db
from app.models import Assistant, ControlEvent, Conversation
from app.models.assistant import MAX_ASSISTANTS
from app.providers import Settings
from app.replies.generation import question_of
from app.text import PROMPT_LENGTH
from tests.support.browser import Browser, inside
from tests.support.cast import Cast
from tests.support.harness import Harness

GOOD = {"name": "Editor", "system_prompt": "Be brief.", "temperature": "0.5", "effort": "low"}


def test_settings_reach_the_model_the_readers_and_the_page(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max_, here = harness.reader(cast.max, conversation), f"/conversations/{conversation}"
    browser = Browser(harness.app).signed_in(cast.max)
    fields = {"system_prompt": " Be\r\nbrief. ", "temperature": "0,5", "effort": "high"}
    assert browser.post(f"{here}/settings", **fields).location == here
    reply = harness.ask(conversation, cast.olive)
    answer = harness.message_key(reply)
    assert harness.database.read(lambda: question_of(answer)).settings == Settings(
        "Be\nbrief.", 0.5, "high"
    )
    told = harness.database.read(lambda: db.session.query(ControlEvent).count())
    browser.post(f"{here}/settings", **fields)  # nothing changes
    assert harness.database.read(lambda: db.session.query(ControlEvent).count()) == told > 0
    stored = {"system_prompt": "Be\nbrief.", "temperature": 0.5, "effort": "high"}
    assert max_.join(conversation)["settings"] == stored
    page = browser.open(here).text
    assert inside(page, "instructions-text") == "Be\nbrief."
    assert inside(page, "instructions-about") == "Temperature 0.5 · Thinking: much"
    browser.post(f"{here}/settings", system_prompt="", temperature="", effort="")
    assert "settings" not in max_.join(conversation)
    assert re.search(r"data-instructions hidden", browser.open(here).text)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"system_prompt": "x" * (PROMPT_LENGTH + 1)}, "at most 8000 characters"),
        ({"system_prompt": "a\0b"}, "valid Unicode"),
        ({"temperature": "2.1"}, "less than or equal to 2"),
        ({"temperature": "-0.1"}, "greater than or equal to 0"),
        ({"temperature": "nan"}, "than or equal to"),
        ({"temperature": "warm"}, "valid number"),
        ({"effort": "all"}, "Input should be"),
    ],
)
def test_what_no_model_takes_is_refused_with_what_was_typed(
    olive: Browser, conversation: str, fields: dict[str, str], sentence: str
) -> None:
    here = f"/conversations/{conversation}"
    typed = {"system_prompt": "Typed", "temperature": "", "effort": "", **fields}
    for address in (f"{here}/settings", "/assistants"):
        refused = olive.post(address, name="X", **typed)
        assert (refused.status_code, sentence in unescape(refused.text)) == (400, True), address
        assert 'aria-invalid="true"' in refused.text
    assert "data-instructions hidden" in olive.open(here).text
    assert olive.open(f"{here}/settings").location == f"{here}/options"


def test_a_conversation_begins_with_an_assistant_and_keeps_what_it_said(
    harness: Harness, olive: Browser
) -> None:
    assert olive.post("/assistants", model="demo", picture="🦉", **GOOD).location == "/assistants"
    page = olive.open("/assistants").text
    [public_id] = re.findall(r'name="assistant" value="(\w+)"', page)
    assert "🦉" in page
    begun = olive.post("/conversations", assistant=public_id).location
    assert inside(olive.open(begun).text, "instructions-text") == "Be brief."
    other = olive.post("/conversations").location
    assert other != begun and "data-instructions hidden" in olive.open(other).text
    changed = {**GOOD, "system_prompt": "Be long."}
    assert (
        olive.post(f"/assistants/{public_id}", form_on="/assistants", **changed).status_code == 302
    )
    assert inside(olive.open(begun).text, "instructions-text") == "Be brief."
    assert "Be long." in olive.open(f"/assistants/{public_id}").text
    olive.post(f"/assistants/{public_id}/delete", form_on="/assistants")
    assert olive.open(begun).status_code == 200
    gone = olive.post("/conversations", assistant=public_id)
    assert (gone.status_code, "no such assistant" in gone.text) == (404, True)


def test_an_assistant_is_ones_own_until_it_is_shared(
    harness: Harness, olive: Browser, eve: Browser
) -> None:
    olive.post("/assistants", **GOOD)
    [public_id] = re.findall(r'value="(\w{32})"', olive.open("/assistants").text)
    here = f"/assistants/{public_id}"
    assert "Editor" not in eve.open("/assistants").text
    assert eve.post("/conversations", assistant=public_id).status_code == 404
    olive.post(here, form_on=here, shared="yes", **GOOD)
    assert "Be brief." in eve.open("/assistants").text
    assert eve.post("/conversations", assistant=public_id).status_code == 302
    refused = [eve.open(here), eve.post(here, **GOOD), eve.post(f"{here}/delete")]
    assert [each.status_code for each in refused] == [404] * 3
    assert olive.open("/assistants/x").status_code == 404
    assert eve.post("/conversations", assistant="x\0").status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": " "}, "Write one line"),
        ({"name": "x" * 101}, "Write one line"),
        ({"picture": "x" * 17}, "Choose one emoji"),
        ({"model": "openai:gone"}, "There is no model"),
    ],
)
def test_what_can_not_be_an_assistant_is_refused(
    olive: Browser, fields: dict[str, str], sentence: str
) -> None:
    refused = olive.post("/assistants", **{**GOOD, **fields})
    assert (refused.status_code, sentence in refused.text) == (400, True)
    olive.post("/assistants", **GOOD)
    [public_id] = re.findall(r'value="(\w{32})"', olive.open("/assistants").text)
    refused = olive.post(f"/assistants/{public_id}", form_on="/assistants", **{**GOOD, **fields})
    assert (refused.status_code, sentence in refused.text) == (400, True)


def test_there_are_not_too_many_and_a_model_that_is_gone_is_replaced(
    harness: Harness, cast: Cast, olive: Browser
) -> None:
    key = harness.user(cast.olive)
    fields = {"name": "X", "model": "openai:gone"}
    harness.database.write(lambda: [Assistant.add(key, **fields) for _ in range(MAX_ASSISTANTS)])
    refused = olive.post("/assistants", **GOOD)
    assert refused.status_code == 400 and f"{MAX_ASSISTANTS} assistants" in refused.text
    public_id = re.findall(r'value="(\w{32})"', olive.open("/assistants").text)[0]
    begun = olive.post("/conversations", assistant=public_id).location.rpartition("/")[2]
    model = db.select(Conversation.model).where(Conversation.public_id == begun)
    assert harness.database.read(lambda: db.session.scalar(model)) == "demo"
