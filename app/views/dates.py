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


def short_date(at: datetime) -> str:
    """Return `23:55 UTC` for today, else `7 Mar, 23:55 UTC`, in another year `7 Mar 2025`."""
    today = now()
    if at.date() == today.date():
        return _time(at)
    return _joined(day_of_year(at), at, "medium") if at.year == today.year else day(at)


def day(at: date) -> str:
    """Return a date as `7 Mar 2025`."""
    return _formatted(at, "yMMMd", "%-d %b %Y")


def day_of_year(at: date) -> str:
    """Return a date without its year, as `7 Mar`."""
    return _formatted(at, "MMMd", "%-d %b")


def short_month(at: date) -> str:
    """Return a month as `Mar 2025`."""
    return _formatted(at, "yMMM", "%b %Y")


def month(at: date) -> str:
    """Return a month as `March 2025`."""
    return _formatted(at, "yMMMM", "%B %Y")


def full_date(at: datetime) -> str:
    """Return a date and time as `7 Mar 2025, 23:55 UTC`; in a chosen language with the weekday."""
    locale = _locale(language())
    return _joined(format_date(at, "full", locale) if locale else day(at), at, "full")


def _formatted(at: date, skeleton: str, english: str) -> str:
    locale = _locale(language())
    return format_skeleton(skeleton, at, locale=locale) if locale else at.strftime(english)


def _time(at: datetime) -> str:
    locale = _locale(language())
    return f"{format_time(at, 'short', locale=locale) if locale else at.strftime('%H:%M')} UTC"


def _joined(text: str, at: datetime, length: str) -> str:
    locale = _locale(language())
    pattern = locale.datetime_formats[length] if locale else "{1}, {0}"
    return str(pattern).format(_time(at), text)


@cache
def _locale(tag: str | None) -> Locale | None:
    return Locale.parse(tag, sep="-") if tag else None
