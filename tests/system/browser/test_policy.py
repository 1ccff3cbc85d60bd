"""What the content security policy lets a page do in a real browser, and what it doesn't."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab, sign_in, sign_out_elsewhere

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

INJECT = """() => {
  const here = document.querySelector("main");
  here.insertAdjacentHTML("beforeend", `<img src="x" onerror="window.ran = 'a handler'">
    <p style="color: rgb(1, 2, 3)" id="injected">x</p>`);
  const script = document.createElement("script");
  script.textContent = "window.ran = 'a script'";
  here.append(script);
  const file = document.createElement("script");
  file.src = "/static/js/times.js";
  return new Promise((done) => {
    file.onload = () => done("loaded");
    file.onerror = () => done("blocked");
    here.append(file);
  });
}"""
FETCH = "url => fetch(url, { mode: 'no-cors' }).then(() => 'sent', () => 'blocked')"


def test_a_page_goes_live_and_nothing_that_slips_into_it_runs(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("/tokens 5 /rate 0")
    tab.waits_for("complete")
    assert tab.errors == [], "the page itself must keep to the policy"

    assert tab.page.evaluate(INJECT) == "blocked", "even a file of ours needs the nonce"
    assert tab.page.evaluate("window.ran") is None
    color = tab.page.eval_on_selector("#injected", "it => getComputedStyle(it).color")
    assert color != "rgb(1, 2, 3)"
    assert tab.page.evaluate(FETCH, "http://127.0.0.1:9/steal") == "blocked"
    assert tab.page.evaluate(FETCH, "/healthz") == "sent"
    assert any("Content Security Policy" in error for error in tab.errors)
    tab.errors.clear()


def test_a_page_whose_reader_signs_out_elsewhere_says_so_by_itself(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.max)
    tab = open_tab(None, "/login")
    sign_in(tab.page, cast.max)
    tab.page.goto(f"/conversations/{where}")
    tab.ask("/tokens 5 /rate 0")
    tab.waits_for("complete")

    sign_out_elsewhere(tab)

    expect(tab.page.locator("[data-banner]")).to_contain_text("You are signed out.")
    tab.page.locator("[data-banner-action]").click()
    expect(tab.page).to_have_url(re.compile("/login[?]next="))
