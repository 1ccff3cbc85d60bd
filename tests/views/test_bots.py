"""On its page what a bot has asked is marked, and nothing else."""

from __future__ import annotations

from tests.support.browser import Browser, articles
from tests.support.cast import Cast
from tests.support.harness import Harness

MARK, NO_MARK = (
    '<span class="message-bot">bot</span>',
    '<span class="message-bot" hidden>bot</span>',
)


def test_what_a_bot_asks_is_marked(harness: Harness, cast: Cast, olive: Browser) -> None:
    tally = harness.database.bot()
    where = harness.database.conversation(cast.olive, tally)
    harness.answered(where, tally)
    harness.answered(where, cast.olive)
    page = olive.open(f"/conversations/{where}").text
    shown = [html for _, html in articles(page).values()]
    assert [MARK in html for html in shown] == [True, False, False, False]
    assert [NO_MARK in html for html in shown] == [False, True, True, True]
