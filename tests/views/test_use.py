"""The pages of what was used of the models."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from app.extensions import db
from app.models import Conversation, ModelUse, User
from app.models.model_use import Sums, today
from app.views.use_plots import added, plots_of
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database
from tests.views.admin.conftest import admin

__all__ = ["admin"]


def use(
    database: Database, email: str, conversation: str, *days_ago: int, cost: int | None
) -> None:
    """Store an answer's use for each of these days."""

    def work() -> None:
        user, here = User.by_email(email), Conversation.by_public_id(conversation)
        assert user and here
        taken = db.session.scalar(db.select(db.func.count()).select_from(ModelUse)) or 0
        for number, days in enumerate(days_ago):
            about = {"message_id": taken + number + 1, "user_id": user.id, "model": "demo"}
            tokens = {"input_tokens": 1000, "output_tokens": 10, "estimated": False, "cost": cost}
            day = today() - timedelta(days=days)
            db.session.add(ModelUse(conversation_id=here.id, day=day, **about, **tokens))

    database.write(work)


def test_ones_own_use_is_shown_by_day_month_model_and_conversation(
    olive: Browser, eve: Browser, cast: Cast, database: Database, conversation: str
) -> None:
    use(database, cast.olive.email, conversation, 0, 0, 1, 40, 400, cost=5_000_000_000)
    page = olive.open("/account/use").text
    assert page.count("<rect") == 30 + 12
    assert "$0.5000" in page and "Tests" in page and "Demo" in page
    assert "You have no limit" in page
    nobodys = eve.open("/account/use").text
    assert "Nothing was used." in nobodys and "<rect" not in nobodys and "Tests" not in nobodys


def test_what_has_no_price_is_said(
    olive: Browser, cast: Cast, database: Database, conversation: str
) -> None:
    use(database, cast.olive.email, conversation, 0, 0, cost=None)
    page = olive.open("/account/use").text
    assert "The last 30 days: tokens" in page and "not known" in page
    use(database, cast.olive.email, conversation, 0, cost=10_000_000_000)
    assert "$1.0000 and 2 answers without a known price" in olive.open("/account/use").text


def test_administrators_see_everybodys_and_set_limits(
    admin: Browser,
    olive: Browser,
    app: Flask,
    cast: Cast,
    database: Database,
    conversation: str,
) -> None:
    unused = admin.open("/admin/use").text
    assert unused.count("Nothing was used.") == 4 and "<table" not in unused
    use(database, cast.olive.email, conversation, 0, cost=10_000_000_000)
    page = admin.open("/admin/use").text
    assert cast.olive.email in page and "Nobody has a limit" in page
    saved = admin.post(
        "/admin/use", form_on="/admin/use", email="OLIVE@example.org", limit="1 dollars"
    )
    assert saved.location == "/admin/use"
    assert "1 dollars" in admin.open("/admin/use").text
    assert "You have used all of your limit." in olive.open("/account/use").text
    here = f"/conversations/{conversation}"
    assert "You have used your limit of $1.00" in olive.open(here).text
    refused = olive.post(f"{here}/messages", form_on=here, content="Typed, and kept")
    assert (refused.status_code, "It begins anew on" in refused.text) == (403, True)
    assert "Typed, and kept" in refused.text and database.messages(conversation) == []
    admin.post("/admin/use", form_on="/admin/use", email=cast.olive.email, limit="")
    assert "You have no limit" in olive.open("/account/use").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "nobody@example.org"}, "Nobody here has this address"),
        ({"email": "x" * 255}, "at most 254"),
        ({"limit": "much"}, "Write `20 dollars`"),
        ({"limit": "1" * 31}, "at most 30"),
    ],
)
def test_a_limit_that_can_not_be_is_refused(
    admin: Browser, cast: Cast, fields: dict[str, str], sentence: str
) -> None:
    about = {"email": cast.olive.email, "limit": "1 dollars", **fields}
    refused = admin.post("/admin/use", form_on="/admin/use", **about)
    assert (refused.status_code, sentence in refused.text) == (400, True)


def test_a_plot_has_all_days_and_its_highest_bar_is_whole() -> None:
    days = {today(): Sums(1, 10, 5, 300, 0), today() - timedelta(days=1): Sums(1, 1, 1, 1, 0)}
    by_day, by_month = plots_of(days)
    assert (len(by_day.bars), len(by_month.bars)) == (30, 12)
    assert [bar.height for bar in by_day.bars[-2:]] == [1.0, 120.0]
    assert {bar.height for bar in by_day.bars[:-2]} == {0.0}
    assert sum(bar.sums.cost for bar in by_month.bars) == 301
    assert added([]) == Sums() and isinstance(today(), date)
