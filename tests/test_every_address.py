"""Every address is in one of the tables of docs/security.md, and so in a test of who may do what;
and those that are nobody's show and change nothing of anybody to whoever only knows them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.auth import rate_limits
from app.auth.identity import SIGN_IN
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.http_session import csrf_token
from tests.test_own_rights import OWN, TITLE, Mine
from tests.test_rights import HERE

TABLE = (Path(__file__).parents[1] / "docs" / "security.md").read_text("utf-8")
CHAPTER = TABLE.partition("### What is nobody's")[2].partition("\n### ")[0]
ROW = re.compile(r"^\| (`/.*`) \| [^|]+ \| (.+) \|$", re.MULTILINE)
TESTED_ELSEWHERE = (f"{HERE}", *OWN, "/admin/")
WITHOUT_SECRET = {
    "where it is set up": {"no"},
    "as `REGISTRATION` says, or with a link": {"no"},
    "with a link": {"no", "sign-in page"},
    "the form": {"yes", "no"},
}


def documented() -> dict[str, str]:
    """Return what somebody who is not signed in gets, by the addresses of the table."""
    rows = ROW.findall(CHAPTER)
    return {each: cell for addresses, cell in rows for each in re.findall(r"`([^`]+)`", addresses)}


def nobodys(harness: Harness) -> list[tuple[str, str]]:
    """Return each method and rule that no other test goes through."""
    return sorted(
        (method, rule.rule)
        for rule in harness.app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}
        if not rule.rule.removeprefix("/api").startswith(TESTED_ELSEWHERE)
    )


def in_table(rule: str) -> str:
    """Return the address of the table that a rule is below; "" for none."""
    fixed, _, variable = rule.partition("<")
    return f"{fixed.removesuffix('v-')}…" if variable else fixed


def test_every_address_is_in_a_table(harness: Harness) -> None:
    rules = {in_table(rule) for _, rule in nobodys(harness)}
    assert len(rules) > 20 and rules == set(documented())


def ask(browser: Browser, method: str, rule: str) -> tuple[str, str]:
    """Send a request without any secret; return what the table calls its answer, and its text."""
    path = re.sub(r"<\w+>", "a" * 32, rule.replace("<filename>", "icon.svg"))
    if method == "GET":
        response = browser.open(path)
    else:
        with browser.client.session_transaction() as session:
            is_signed_in = SIGN_IN in session
        token = csrf_token(browser.open("/account" if is_signed_in else "/login").text)
        response = browser.post_bare(path, csrf_token=token, id="1", name="Taken")
    assert response.status_code < 500, (method, rule)
    if (response.location or "").startswith("/login") and not rule.startswith("/log"):
        return "sign-in page", ""
    is_refused = response.status_code in (403, 404) or response.location == "/register"
    return "no" if is_refused else "yes", response.text


def test_nobody_gets_anything_of_others_there(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "hit", lambda *_: None)
    mine, table = Mine(harness, cast), documented()
    harness.app.extensions.pop("openid")
    before, nobody = mine.everything(), Browser(harness.app)
    eve = Browser(harness.app).signed_in(cast.eve)
    for method, rule in sorted(nobodys(harness), key=lambda each: each[1] == "/logout"):
        expected = table[in_table(rule)]
        answer, text = ask(nobody, method, rule)
        assert answer in WITHOUT_SECRET.get(expected, {expected}), (method, rule)
        _, others = ask(eve, method, rule)
        assert TITLE not in text + others, (method, rule)
    assert mine.everything() == before
