"""Dates on pages, in the language that the reader has chosen; the words around them stay English.

Scripts format them again, in the same language and in the reader's time zone. Where nothing is
chosen they use the browser's language, and pages without scripts are in English. Babel has the
names and patterns of the CLDR, as browsers do: https://babel.pocoo.org/en/latest/dates.html
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from flask_login import current_user
from markupsafe import Markup, escape

from app.events.payloads import rfc3339
from app.models.columns import now

# By their tags in HTML and in browsers: https://www.rfc-editor.org/rfc/rfc5646
LANGUAGES = {
    **{"ar": "العربية", "cs": "Čeština", "da": "Dansk", "de": "Deutsch"},
    **{"en-GB": "English (UK)", "en-US": "English (US)", "es": "Español", "fr": "Français"},
    **{"he": "עברית", "hi": "हिन्दी", "it": "Italiano", "ja": "日本語", "ko": "한국어"},
    **{"nl": "Nederlands", "pl": "Polski", "pt": "Português", "ru": "Русский", "sv": "Svenska"},
    **{"tr": "Türkçe", "uk": "Українська", "zh": "中文"},
}


def language() -> str | None:
    """Return the tag of the language that whoever is signed in has chosen for dates, or None."""
    chosen = getattr(current_user, "date_language", None)
    return chosen if chosen in LANGUAGES else None


def date_element(at: datetime | None, css_class: str = "") -> Markup:
    """Return a `<time>` with the full date as its tooltip: `23:55 UTC` for today, else
    `7 Mar, 23:55 UTC`, in another year `7 Mar 2025`; or an empty one, which a script fills in.
    JavaScript puts both into the reader's time zone.

    A page has a hundred: made of a macro and filters they took a fifth of its time.
    """
    locale = _locale(tag := language())
    short, full = (_short(at, locale), _full(at, locale)) if at else ("", "")
    return _element(at, tag, full, short, f' class="{css_class}"' if css_class else "")


def day_element(at: datetime) -> Markup:
    """Return a `<time>` with only the day, as `7 Mar 2025`, where the time says nothing."""
    locale = _locale(tag := language())
    return _element(at, tag, _full(at, locale), _day(at, locale), rest=' data-shows="day"')


def day_of_year(at: date) -> str:
    """Return a date without its year, as `7 Mar`."""
    return _day_of_year(at, _chosen())


def short_month(at: date) -> str:
    """Return a month as `Mar 2025`."""
    return _formatted(at, "yMMM", "%b %Y", _chosen())


def month(at: date) -> str:
    """Return a month as `March 2025`."""
    return _formatted(at, "yMMMM", "%B %Y", _chosen())


def full_date(at: datetime) -> str:
    """Return a date and time as `7 Mar 2025, 23:55 UTC`; in a chosen language with the weekday."""
    return _full(at, _chosen())


def _element(
    at: datetime | None, tag: str | None, full: str, shown: str, about: str = "", rest: str = ""
) -> Markup:
    lang = f' lang="{tag}"' if tag else ""
    moment = rfc3339(at) if at else ""
    attributes = f'{about}{lang} datetime="{moment}" title="{escape(full)}"{rest}'
    return Markup(f"<time{attributes}>{escape(shown)}</time>")


def _short(at: datetime, locale: Locale | None) -> str:
    today = now()
    if at.date() == today.date():
        return _time(at, locale)
    if at.year != today.year:
        return _day(at, locale)
    return _joined(_day_of_year(at, locale), at, "medium", locale)


def _full(at: datetime, locale: Locale | None) -> str:
    text = format_date(at, "full", locale) if locale else _day(at, None)
    return _joined(text, at, "full", locale)


def _day(at: date, locale: Locale | None) -> str:
    return _formatted(at, "yMMMd", "%-d %b %Y", locale)


def _day_of_year(at: date, locale: Locale | None) -> str:
    return _formatted(at, "MMMd", "%-d %b", locale)


def _formatted(at: date, skeleton: str, english: str, locale: Locale | None) -> str:
    return format_skeleton(skeleton, at, locale=locale) if locale else at.strftime(english)


def _time(at: datetime, locale: Locale | None) -> str:
    return f"{format_time(at, 'short', locale=locale) if locale else at.strftime('%H:%M')} UTC"


def _joined(text: str, at: datetime, length: str, locale: Locale | None) -> str:
    pattern = locale.datetime_formats[length] if locale else "{1}, {0}"
    return str(pattern).format(_time(at, locale), text)


def _chosen() -> Locale | None:
    """Return the locale of the chosen language; to look it up takes as long as to format a date."""
    return _locale(language())


@cache
def _locale(tag: str | None) -> Locale | None:
    return Locale.parse(tag, sep="-") if tag else None
