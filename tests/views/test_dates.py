"""Dates on pages: in English, or in the language that the reader has chosen."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from babel import Locale
from markupsafe import Markup

from app.views import dates
from app.views.dates import LANGUAGES

NOW = datetime(2026, 3, 8, 9, 30, tzinfo=UTC)
TODAY = datetime(2026, 3, 8, 0, 5, tzinfo=UTC)
YESTERDAY = datetime(2026, 3, 7, 23, 55, tzinfo=UTC)
LAST_YEAR = datetime(2025, 12, 31, 23, 59, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_a_known_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dates, "now", lambda: NOW)


@pytest.mark.parametrize(
    ("at", "short", "in_german"),
    [
        (TODAY, "00:05 UTC", "00:05 UTC"),
        (YESTERDAY, "7 Mar, 23:55 UTC", "7. März, 23:55 UTC"),
        (LAST_YEAR, "31 Dec 2025", "31. Dez. 2025"),
    ],
)
def test_a_short_date_leaves_out_what_is_obvious(
    monkeypatch: pytest.MonkeyPatch, at: datetime, short: str, in_german: str
) -> None:
    assert text(dates.date_element(at)) == short
    assert dates.full_date(at).endswith(at.strftime("%Y, %H:%M UTC"))
    choose(monkeypatch, "de")
    assert text(dates.date_element(at)) == in_german


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        (None, ["7 Mar 2026", "7 Mar", "Mar 2026", "March 2026", "7 Mar 2026, 23:55 UTC"]),
        (
            "de",
            [
                "7. März 2026",
                "7. März",
                "März 2026",
                "März 2026",
                "Samstag, 7. März 2026, 23:55 UTC",
            ],
        ),
        (
            "ja",
            ["2026年3月7日", "3月7日", "2026年3月", "2026年3月", "2026年3月7日土曜日 23:55 UTC"],
        ),
    ],
)
def test_all_forms_are_in_the_chosen_language(
    monkeypatch: pytest.MonkeyPatch, tag: str | None, shown: list[str]
) -> None:
    choose(monkeypatch, tag)
    forms = (day, dates.day_of_year, dates.short_month, dates.month, dates.full_date)
    assert [form(YESTERDAY) for form in forms] == shown


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_language_has_its_own_name_and_forms(
    monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    own = Locale.parse(tag, sep="-").get_language_name() or ""
    assert LANGUAGES[tag].casefold().startswith(own.casefold())
    choose(monkeypatch, tag)
    assert dates.language() == tag
    assert "2025" in text(dates.date_element(LAST_YEAR)) and "31" in dates.full_date(LAST_YEAR)


@pytest.mark.parametrize("stored", ["xx", ""])
def test_a_language_that_is_not_offered_any_more_is_as_none(
    monkeypatch: pytest.MonkeyPatch, stored: str
) -> None:
    choose(monkeypatch, stored)
    assert dates.language() is None and text(dates.date_element(LAST_YEAR)) == "31 Dec 2025"


def test_an_element_has_the_language_the_moment_and_both_dates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose(monkeypatch, "de")
    moment = "2026-03-07T23:55:00.000Z"
    full = "Samstag, 7. März 2026, 23:55 UTC"
    about = f'lang="de" datetime="{moment}" title="{full}"'
    short = "7. März, 23:55 UTC"
    assert dates.date_element(YESTERDAY, "when") == f'<time class="when" {about}>{short}</time>'
    assert dates.day_element(YESTERDAY) == f'<time {about} data-shows="day">7. März 2026</time>'
    choose(monkeypatch, None)
    assert dates.date_element(None) == '<time datetime="" title=""></time>'


def day(at: datetime) -> str:
    return text(dates.day_element(at))


def text(element: Markup) -> str:
    return element.striptags()


def choose(monkeypatch: pytest.MonkeyPatch, tag: str | None) -> None:
    monkeypatch.setattr(dates, "current_user", SimpleNamespace(date_language=tag))
