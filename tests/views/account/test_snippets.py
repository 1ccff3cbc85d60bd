"""Programs for a start: about the reader's own conversation."""

from __future__ import annotations

import re
from html import unescape

from app.views.snippets import LANGUAGES, PLACEHOLDER
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database

SNIPPET = re.compile(r'data-snippet="(\w+)">(.*?)</code>', re.DOTALL)


def make(browser: Browser) -> str:
    """Make a token and return the page."""
    return browser.post("/account/tokens", form_on="/account", name="laptop").text


def test_there_is_one_in_each_language_about_the_latest_conversation(
    olive: Browser, database: Database, cast: Cast
) -> None:
    database.conversation(cast.olive, title="An older one")
    latest = database.conversation(cast.olive, title="Fish & <chips>")
    page = make(olive)
    programs = dict(SNIPPET.findall(page))
    assert list(programs) == list(LANGUAGES.values())
    for program in map(unescape, programs.values()):
        assert f'"{latest}"' in program and '"http://localhost"' in program
        assert program == program.strip() and "{{" not in program
    assert f'<a href="/conversations/{latest}">Fish &amp; &lt;chips&gt;</a>' in page


def test_they_are_escaped_and_hold_no_secret(olive: Browser) -> None:
    page = make(olive)
    programs = "".join(program for _, program in SNIPPET.findall(page))
    assert "&lt;" not in unescape(programs)
    assert "<" not in programs and "&amp;mut Listening" in programs
    assert "MIDSTREAM_TOKEN" in programs and "midstream_" not in programs
    assert re.search(r"export MIDSTREAM_TOKEN=midstream_[\w-]{43}<", page)


def test_who_has_no_conversation_is_told_where_to_put_one(eve: Browser) -> None:
    page = make(eve)
    assert all(f'"{PLACEHOLDER}"' in unescape(program) for _, program in SNIPPET.findall(page))
    assert "Put the end of a conversation's address in." in page


def test_they_are_there_for_the_tokens_of_before(
    olive: Browser, database: Database, cast: Cast
) -> None:
    latest = database.conversation(cast.olive, title="Tides")
    page = olive.open("/account").text
    programs = [unescape(program) for _, program in SNIPPET.findall(page)]
    assert len(programs) == len(LANGUAGES)
    assert all(f'"{latest}"' in program for program in programs)
    assert "export MIDSTREAM_TOKEN=YOUR_TOKEN<" in page and "midstream_" not in "".join(programs)
