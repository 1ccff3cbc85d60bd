"""The pages for administrators and of use, assistants, and what is told live about the models."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.extensions import db
from app.models import Assistant, Conversation, Message, ModelProvider, ModelUse, OfferedModel, User
from app.models.columns import now
from app.models.control_event import ControlEvent, Kind
from app.models.model_provider import Api
from app.models.model_use import today
from app.models.server_banner import BannerKind, ServerBanner
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.sample_files import picture
from tests.system.browser.axe import assert_accessible_at_every_size
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]
ROOM = "document.documentElement.style.getPropertyValue('--server-banner')"


def set_up(email: str) -> tuple[int, str]:
    """Make somebody an administrator with one of everything; return a model and an assistant."""
    user = User.by_email(email)
    assert user
    user.set_admin(True)
    provider = ModelProvider.add("acme", Api.OPENAI, "http://127.0.0.1:9/v1")
    provider.set_key("sk-that-is-long-enough-1234", lambda key: "encrypted")
    model = OfferedModel.add(provider, "large-and-with-a-long-name")
    about = {"name": "Editor", "picture": "🦉", "system_prompt": "Be brief.", "shared": True}
    assistant = Assistant.add(user.id, **about)
    for number, cost in enumerate((20_000_000_000, None)):
        tokens = {"input_tokens": 20_000, "output_tokens": 400, "estimated": False, "cost": cost}
        about = {"message_id": 10**9 + number, "user_id": user.id, "day": today()}
        db.session.add(ModelUse(conversation_id=1, model="demo", **about, **tokens))
    db.session.flush()
    return model.id, assistant.public_id


@pytest.mark.slow
def test_every_page_is_accessible_at_every_size(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    model, assistant = database.write(lambda: set_up(cast.olive.email))
    key = database.read(lambda: db.session.scalars(db.select(User.id)).first())
    page = open_tab(cast.olive, "/admin/models").page
    for path in (
        *("/admin/models", "/admin/providers/acme", f"/admin/models/{model}", "/admin/use"),
        *("/admin/people", f"/admin/people/{key}", "/admin/answers", "/admin/storage"),
        *("/admin/retention?days=1&pinned=keep", "/admin/log", "/admin/banner"),
        *("/account/use", "/assistants", f"/assistants/{assistant}"),
        f"/conversations/{where}/options",
    ):
        page.goto(path)
        for each in page.locator("details:not([open]) > summary").all():
            if each.is_visible():
                each.click()
        assert_accessible_at_every_size(page)


def test_how_models_answer_and_what_they_read_is_told_live(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    tab, other = (
        open_tab(cast.max, f"/conversations/{where}"),
        open_tab(cast.olive, f"/conversations/{where}/options"),
    )
    for question in ("one /tokens 3 /rate 0", "two /tokens 3 /rate 0"):
        tab.ask(question)
        expect(tab.page.locator("[data-status=complete][data-role=assistant]")).to_have_count(
            1 if question.startswith("one") else 2
        )
    instructions, mark = (
        tab.page.locator("[data-instructions]"),
        tab.page.locator("[data-context-mark]"),
    )
    expect(instructions).to_be_hidden()
    other.page.fill("[name=system_prompt]", "Be <b>brief</b>.")
    other.page.fill("[name=temperature]", "0.5")
    other.page.select_option("[name=effort]", "high")
    other.page.locator("form[action$=settings] [type=submit]").click()
    expect(instructions).to_be_visible()
    instructions.locator("summary").click()
    expect(instructions.locator("p")).to_have_text(
        ["Be <b>brief</b>.", "Temperature 0.5 · Thinking: much"]
    )
    live = instructions.evaluate("each => each.innerHTML")
    second = database.write(lambda: send_from(where, 3))
    expect(mark).to_have_text("Earlier messages are no longer sent to the model")
    assert mark.evaluate("each => each.nextElementSibling.id") == second
    tab.page.reload()
    expect(mark).to_have_count(1)
    assert mark.evaluate("each => each.nextElementSibling.id") == second
    assert instructions.evaluate("each => each.innerHTML") == live, "live and loaded it is the same"
    assert_accessible_at_every_size(tab.page)
    database.write(lambda: send_from(where, 0))
    expect(mark).to_have_count(0)


def test_an_assistants_picture_stands_above_its_answers_live_as_on_the_loaded_page(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    """And not above questions; its page with the form for the picture is accessible."""
    email = cast.max.email
    assistant = database.write(lambda: add_assistant(email))
    tab = open_tab(cast.max, f"/assistants/{assistant}")
    file = {"name": "owl.png", "mimeType": "image/png", "buffer": picture()}
    tab.page.set_input_files("[name=file]", files=[file])  # type: ignore[list-item]
    tab.page.get_by_role("button", name="Save picture").click()
    shown = tab.page.locator(".assistant-picture > img")
    expect(shown).to_be_visible()
    assert shown.evaluate("each => each.naturalWidth") > 0
    assert_accessible_at_every_size(tab.page)
    tab.page.goto("/assistants")
    tab.page.get_by_role("button", name="Begin with Owl").click()
    tab.ask("one /tokens 3 /rate 0")
    tab.wait_for("complete")
    expect(tab.answer.locator(".message-assistant")).to_have_text("Owl")
    expect(tab.answer.locator(".message-header img")).to_be_visible()
    expect(tab.page.locator("[data-role=user] .avatar")).to_have_count(0)
    assert_accessible_at_every_size(tab.page)
    live = tab.articles
    tab.page.reload()
    assert tab.articles == live


def add_assistant(email: str) -> str:
    user = User.by_email(email)
    assert user
    assistant = Assistant.add(user.id, name="Owl", picture="🦉")
    db.session.flush()
    return assistant.public_id


def send_from(where: str, position: int) -> str | None:
    """Move the mark to a message; return its id."""
    conversation = Conversation.by_public_id(where)
    assert conversation
    conversation.sent_from = position
    ControlEvent.post(Kind.DESCRIBE, conversation.room)
    there = Message.of(conversation).where(Message.position == position)
    message = db.session.scalar(there)
    return message and message.public_id


def test_a_banner_is_shown_live_to_everybody_until_it_is_hidden(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    """Told by a socket in a conversation; a page without one asks when it is visible again."""
    where = database.conversation(cast.olive, cast.max)
    max = open_tab(cast.max, f"/conversations/{where}")
    account, nobody = open_tab(cast.max, "/account"), open_tab(None, "/login")
    max.ask("one /tokens 200 /rate 0")
    expect(max.page.locator("[data-status=complete][data-role=assistant]")).to_have_count(1)
    banner = max.page.locator("[data-server-banner]")
    expect(banner).to_be_hidden()
    assert max.page.evaluate(ROOM) == "", "which would take a style of each element again"
    text = "We <b>restart</b> at six, " + "and that takes a while, " * 8
    database.write(lambda: ServerBanner.store(text, BannerKind.WARNING, None))
    expect(banner).to_contain_text("We <b>restart</b> at six")
    for theirs in (account, nobody):
        expect(theirs.page.locator("[data-server-banner]")).to_be_hidden()
        theirs.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(theirs.page.locator("[data-server-banner]")).to_contain_text("at six")
        assert_accessible_at_every_size(theirs.page)
    assert_accessible_at_every_size(max.page)
    assert max.page.evaluate("scrollY") > 100, "precondition: one has scrolled"
    assert float(max.page.evaluate(ROOM).removesuffix("px")) > 30
    expect(banner).to_be_in_viewport()

    banner.get_by_role("button", name="Hide").click()
    expect(banner).to_be_hidden()
    account.page.reload()
    expect(account.page.locator("[data-server-banner]")).to_be_hidden()
    expect(nobody.page.locator("[data-server-banner]")).to_be_visible()
    soon = now() + timedelta(seconds=2)
    database.write(lambda: ServerBanner.store("Soon over", BannerKind.INFORMATION, soon))
    expect(banner).to_have_text("Soon over Hide")
    expect(banner).to_be_hidden()
    database.write(ServerBanner.remove)
