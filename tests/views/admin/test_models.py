"""Models: to whom they are offered, what they cost, and whether they answer."""

from __future__ import annotations

import pytest
from flask import Flask

from app.config import Price
from app.models import ModelProvider, OfferedModel, Status
from app.models.offered_model import MAX_MODELS, MAX_PEOPLE
from app.replies import current_runtime
from tests.support.browser import Browser, without_the_new
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.fake_model import FakeModel
from tests.support.harness import Harness
from tests.support.scripted_models import ScriptedModels
from tests.support.socket import Socket
from tests.views.admin.conftest import add_model, offers

NAME = "acme:openai-text"


def choices(browser: Browser) -> str:
    """Return the page on which a model is chosen."""
    return browser.open("/conversations").text


def test_a_new_model_is_offered_to_nobody_until_somebody_says_so(
    admin: Browser, olive: Browser, provider: str
) -> None:
    page = admin.post(f"{provider}/models", form_on=provider, model="openai-text").location
    assert f'value="{NAME}"' not in choices(admin) + choices(olive)
    about = {"label": "Best", "description": "slow", "audience": "everybody"}
    admin.post(page, form_on=page, **about)
    assert f'<option value="{NAME}">Best (slow)</option>' in choices(olive)
    assert choices(olive).index('value="demo"') < choices(olive).index(f'value="{NAME}"')


@pytest.mark.parametrize(
    ("audience", "olives", "maxs"),
    [("administrators", False, True), ("named", True, False), ("nobody", False, False)],
)
def test_a_model_is_offered_to_some(
    admin: Browser,
    olive: Browser,
    provider: str,
    cast: Cast,
    conversation: str,
    app: Flask,
    audience: str,
    olives: bool,
    maxs: bool,
) -> None:
    add_model(admin, provider, audience=audience, people=f"{cast.olive.email}, {cast.eve.email}")
    assert (f'value="{NAME}"' in choices(olive), f'value="{NAME}"' in choices(admin)) == (
        olives,
        maxs,
    )
    for person, may in ((cast.olive, olives), (cast.max, maxs)):
        socket = Socket(app, person.token)
        for fields in ({"model": NAME}, {"asks": [NAME]}):
            ack = socket.ask("send", {"conversation": conversation, "content": "Hi", **fields})
            assert ack.get("error") == (None if may else "invalid"), ack


def test_what_somebody_else_has_chosen_is_not_asked_by_whom_it_is_not_offered_to(
    admin: Browser, provider: str, cast: Cast, conversation: str, app: Flask
) -> None:
    add_model(admin, provider, audience="administrators")
    chosen = {"conversation": conversation, "content": "Hi", "model": NAME, "key": "k"}
    asked = Socket(app, cast.max.token).ask("send", chosen)
    assert asked["ok"]
    olive = Socket(app, cast.olive.token)
    refused = olive.ask("send", {"conversation": conversation, "content": "And?"})
    assert (refused["error"], "not offered to you" in refused["message"]) == ("invalid", True)
    assert olive.ask("send", {"conversation": conversation, "content": "All", "asks": []})["ok"]
    assert olive.ask("send", {"conversation": conversation, "content": "?", "model": "demo"})["ok"]
    assert Socket(app, cast.max.token).ask("send", chosen)["id"] == asked["id"], "the same key"


def test_a_retry_and_an_edit_ask_only_what_is_offered(
    cast: Cast, conversation: str, harness: Harness
) -> None:
    harness.runtime.models = OfferedToMax(harness.user(cast.max))  # type: ignore[assignment]
    asked = harness.reader(cast.max, conversation).ask(
        "send", {"conversation": conversation, "content": "Hi", "model": "other"}
    )
    harness.prepare(harness.message_key(asked["reply"])).end(Status.COMPLETE)
    harness.flush()
    olive = harness.reader(cast.olive, conversation)
    assert olive.ask("retry", {"id": asked["reply"]})["error"] == "invalid"
    own = olive.ask("send", {"conversation": conversation, "content": "?", "model": "demo"})
    chosen = {"id": own["id"], "content": "!", "model": "other"}
    assert olive.ask("edit", chosen)["error"] == "invalid"
    assert olive.ask("edit", chosen | {"model": "demo"})["ok"]


class OfferedToMax(ScriptedModels):
    """Models of which only Max is offered the other one."""

    def __init__(self, max_: int) -> None:
        super().__init__()
        self.max = max_

    def offered_to(self, user_id: int) -> ScriptedModels:
        return self if user_id == self.max else OfferedToOthers()


class OfferedToOthers(ScriptedModels):
    """The same for everybody else."""

    names = ("demo",)  # type: ignore[assignment]

    def refuses(self, name: str) -> bool:
        return name == "other"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"label": " "}, "Write one line"),
        ({"label": "x" * 101}, "Write one line"),
        ({"description": "x" * 201}, "Write one line"),
        ({"audience": "friends"}, "Input should be"),
        ({"audience": "named", "people": "nobody@example.org"}, "nobody@example.org"),
        ({"audience": "named", "people": "x@y " * 10_000}, "at most 10000"),
        ({"context_window": "12"}, "greater than or equal to 256"),
        ({"context_window": "many"}, "valid integer"),
        ({"price_read": "1,5"}, "Write dollars"),
        ({"price_read": "-1"}, "Write dollars"),
        ({"price_written": "99999"}, "Write dollars"),
        ({"fallback": "nothing:here"}, "There is no such model"),
        ({"fallback": NAME}, "or it is this one"),
    ],
)
def test_what_can_not_be_true_of_a_model_is_refused_with_a_sentence(
    admin: Browser, provider: str, fields: dict[str, str], sentence: str
) -> None:
    page = add_model(admin, provider)
    admin.open(page)  # it says that the model was saved
    before = admin.open(page).text
    refused = admin.post(page, form_on=page, **{"label": "X", "audience": "nobody", **fields})
    assert (refused.status_code, sentence in refused.text) == (400, True)
    assert 'aria-invalid="true"' in refused.text
    assert without_the_new(admin.open(page).text) == without_the_new(before)


def test_many_people_are_too_many(admin: Browser, provider: str) -> None:
    page = add_model(admin, provider)
    people = " ".join(f"p{each}@x" for each in range(MAX_PEOPLE + 1))
    refused = admin.post(page, form_on=page, label="X", audience="named", people=people)
    assert refused.status_code == 400 and f"to {MAX_PEOPLE} people" in refused.text


def test_prices_and_the_window_are_kept_exactly(
    admin: Browser, provider: str, app: Flask, database: Database
) -> None:
    about = {"price_read": "1.25", "price_written": "10", "context_window": "128000"}
    page = add_model(admin, provider, **about)
    [model] = offers(database)
    assert (model.price, model.context_window) == (Price(12_500, 100_000), 128_000)
    assert 'value="1.25"' in admin.open(page).text
    with app.app_context():
        assert current_runtime().models.price(NAME) == Price(12_500, 100_000)
    add_model(admin, provider, "503", price_read="3")
    assert offers(database)[1].price is None, "half a price is none"


def test_a_model_is_there_once_and_there_are_not_too_many(
    admin: Browser, provider: str, database: Database
) -> None:
    add_model(admin, provider)
    again = admin.post(f"{provider}/models", form_on=provider, model="openai-text")
    beside = again.text.partition('<p class="field-problem" id="problem-model">')[2]
    assert again.status_code == 409 and "offered already" in beside.partition("</p>")[0]
    assert 'value="openai-text"' in again.text, "what was typed is not lost"
    assert admin.open(f"{provider}/models").location == provider, "a reload leads on"
    refused = admin.post(f"{provider}/models", form_on=provider, model="x\ny")
    assert refused.status_code == 400 and "Write one line" in refused.text
    database.write(add_many)
    refused = admin.post(f"{provider}/models", form_on=provider, model="more")
    assert refused.status_code == 400 and f"{MAX_MODELS} models" in refused.text


def test_a_model_is_tested_with_one_question(
    admin: Browser, provider: str, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.providers.retrying.DELAYS_SECONDS", (0.01, 0.01))
    good, bad = (add_model(admin, provider, name) for name in ("openai-text", "503"))
    admin.post(f"{good}/test", form_on=good)
    assert "The model answered within" in admin.open(good).text
    admin.post(f"{bad}/test", form_on=bad)
    page = admin.open(bad).text
    assert "The test failed. The model&#39;s provider has a problem" in page


def test_a_model_that_is_removed_is_not_found(admin: Browser, provider: str) -> None:
    page = add_model(admin, provider)
    assert admin.post(f"{page}/remove", form_on=page).location == "/admin/models"
    gone = [admin.open(page), admin.post(f"{page}/test"), admin.open("/admin/models/99999999999")]
    assert [each.status_code for each in gone] == [404] * 3
    assert f'value="{NAME}"' not in choices(admin)


def add_many() -> None:
    acme = ModelProvider.by_name("acme")
    assert acme
    for number in range(MAX_MODELS - 1):
        OfferedModel.add(acme, f"m{number}")
