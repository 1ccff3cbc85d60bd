"""Text of users and models never runs or loads anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Request, expect

from tests.support.cast import Cast
from tests.support.database import Database
from tests.system.browser.tab import Tab

pytestmark = [pytest.mark.system, pytest.mark.browser]
Open = Callable[..., Tab]

PAYLOADS = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    "<svg/onload=window.hit=1>",
    "<iframe srcdoc='<script>parent.hit = 1</script>'></iframe>",
    "</template><script>window.hit = 1</script>",
    "</textarea></p></div></article><img src=x onerror=window.hit=1>",
    "[click](javascript:window.hit=1)",
    "[click](&#106;avascript:window.hit=1)",
    "<a href='javascript:window.hit=1'>click</a>",
    "[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "![x](x' onerror='window.hit=1)",
    '[x](https://example.org/" onclick="window.hit=1)',
    "`<img src=x onerror=window.hit=1>`",
    '```"><img src=x onerror=window.hit=1>\n<script>window.hit=1</script>\n```',
    "<details open ontoggle=window.hit=1>",
    "{{7*7}} ${window.hit=1} <%= 7*7 %>",
]
LEADS_OUT = (
    "[ours](https://example.org/ours) ![a cat](https://example.org/cat.png) /tokens 60 /rate 200"
)
FOREIGN = (
    "article :is(script, img, svg, iframe, object, style, form, [onclick], [onerror], [onload])"
)
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


def test_injected_markup_never_runs(open_tab: Open, database: Database, cast: Cast) -> None:
    where = database.conversation(cast.olive, cast.max)
    asking, reading = (open_tab(who, f"/conversations/{where}") for who in (cast.olive, cast.max))
    for number, payload in enumerate(PAYLOADS, 1):
        asking.ask(f"{payload} /tokens 60 /rate 0")
        expect(reading.page.locator("article[data-status=complete]")).to_have_count(2 * number)

    fresh = open_tab(cast.max, f"/conversations/{where}")
    for tab in (asking, reading, fresh):
        expect(tab.page.locator("article[data-status=complete]")).to_have_count(2 * len(PAYLOADS))
        assert tab.page.locator(FOREIGN).count() == 0
        assert _hrefs(tab) <= {"https"}
        assert tab.page.evaluate("window.hit") is None
        assert tab.articles == fresh.articles


def test_an_image_becomes_a_link_and_loads_nothing(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, f"/conversations/{where}")
    asked: list[str] = []
    tab.page.on("request", lambda request: _note(asked, request))
    tab.ask(LEADS_OUT)
    tab.wait_for("complete")
    tab.page.reload()

    link = tab.answer.get_by_role("link", name="a cat")
    expect(link).to_have_attribute("href", "https://example.org/cat.png")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    assert tab.page.locator("article img").count() == 0
    assert asked
    assert all(url.startswith("http://127.0.0.1:") for url in asked), asked


def test_pages_never_violate_their_own_policy(
    open_tab: Open, database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive)
    tab = open_tab(cast.olive, "/conversations", script=WATCH)
    for path in ("/conversations", f"/conversations/{where}"):
        response = tab.page.goto(path)
        assert response
        assert "default-src 'none'" in (response.header_value("content-security-policy") or "")
        assert tab.page.evaluate("window.violations") == []
    tab.ask("Everything /think 20 /tokens 150 /rate 300")
    tab.wait_for("complete")
    assert tab.answer.locator("table").count()
    tab.page.reload()
    tab.ask("And live again /tokens 5 /rate 0")
    expect(tab.page.locator("article[data-status=complete]")).to_have_count(4)

    assert tab.page.evaluate("window.violations") == []


def _note(asked: list[str], request: Request) -> None:
    asked.append(request.url)


def _hrefs(tab: Tab) -> set[str]:
    """Return the schemes of all links in the texts of messages."""
    links = tab.page.eval_on_selector_all(".message-content a", "all => all.map(a => a.protocol)")
    return {protocol.rstrip(":") for protocol in links}
