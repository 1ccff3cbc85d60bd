"""The content security policy in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

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
  file.src = "/static/page.js";
  return new Promise((done) => {
    file.onload = () => done("loaded");
    file.onerror = () => done("blocked");
    here.append(file);
  });
}"""
FETCH = "url => fetch(url, { mode: 'no-cors' }).then(() => 'sent', () => 'blocked')"


def test_the_policy_blocks_injected_scripts_styles_and_requests(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    tab.ask("/tokens 5 /rate 0")
    tab.wait_for("complete")
    assert tab.errors == [], "the page itself must not violate the policy"

    assert tab.page.evaluate(INJECT) == "blocked", "even a file of ours needs the nonce"
    assert tab.page.evaluate("window.ran") is None
    color = tab.page.eval_on_selector("#injected", "it => getComputedStyle(it).color")
    assert color != "rgb(1, 2, 3)"
    assert tab.page.evaluate(FETCH, "http://127.0.0.1:9/steal") == "blocked"
    assert tab.page.evaluate(FETCH, "/healthz") == "sent"
    assert any("Content Security Policy" in error for error in tab.errors)
    tab.errors.clear()
