"""Example programs on the account page, with the user's own conversation."""

from __future__ import annotations

import re
from html import unescape

from app.views.tokens import LANGUAGES, PLACEHOLDER
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database

SNIPPET = re.compile(r'data-snippet="(\w+)">(.*?)</code>', re.DOTALL)


def create_token(browser: Browser) -> str:
    """Create a token and return the page."""
    browser.post("/account/tokens", form_on="/account", name="laptop")
    return browser.open("/account/tokens").text


def test_each_language_has_a_program_for_the_latest_conversation(
    olive: Browser, database: Database, cast: Cast
) -> None:
    database.conversation(cast.olive, title="An older one")
    latest = database.conversation(cast.olive, title="Fish & <chips>")
    page = create_token(olive)
    programs = dict(SNIPPET.findall(page))
    assert list(programs) == list(LANGUAGES.values())
    for program in map(unescape, programs.values()):
        assert f'"{latest}"' in program and '"http://localhost"' in program
        assert program == program.strip() and "{{" not in program
    assert f'<a href="/conversations/{latest}"><bdi>Fish &amp; &lt;chips&gt;</bdi></a>' in page


def test_programs_are_escaped_and_contain_no_secret(olive: Browser) -> None:
    page = create_token(olive)
    programs = "".join(program for _, program in SNIPPET.findall(page))
    assert "&lt;" not in unescape(programs)
    assert "<" not in programs and "&amp;mut Listening" in programs
    assert "MIDSTREAM_TOKEN" in programs and "midstream_" not in programs
    assert re.search(r"export MIDSTREAM_TOKEN=midstream_[\w-]{43}<", page)


def test_without_a_conversation_there_is_a_placeholder(eve: Browser) -> None:
    page = create_token(eve)
    assert all(f'"{PLACEHOLDER}"' in unescape(program) for _, program in SNIPPET.findall(page))
    assert f"Replace <code>{PLACEHOLDER}</code> with the last part of a" in page


def test_programs_are_shown_without_a_new_token_too(
    olive: Browser, database: Database, cast: Cast
) -> None:
    latest = database.conversation(cast.olive, title="Tides")
    page = olive.open("/account/tokens").text
    programs = [unescape(program) for _, program in SNIPPET.findall(page)]
    assert len(programs) == len(LANGUAGES)
    assert all(f'"{latest}"' in program for program in programs)
    assert "export MIDSTREAM_TOKEN=YOUR_TOKEN<" in page and "midstream_" not in "".join(programs)
