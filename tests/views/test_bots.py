"""On its page what a bot has asked is marked, and nothing else."""

from __future__ import annotations

from tests.support.bots import bot
from tests.support.browser import Browser, articles
from tests.support.cast import Cast
from tests.support.stage import Stage

MARK, NO_MARK = (
    '<span class="message-bot">bot</span>',
    '<span class="message-bot" hidden>bot</span>',
)


def test_what_a_bot_asks_is_marked(stage: Stage, cast: Cast, olive: Browser) -> None:
    tally = bot(stage.records)
    where = stage.records.conversation(cast.olive, tally)
    stage.answered(where, tally)
    stage.answered(where, cast.olive)
    page = olive.open(f"/conversations/{where}").text
    shown = [html for _, html in articles(page).values()]
    assert [MARK in html for html in shown] == [True, False, False, False]
    assert [NO_MARK in html for html in shown] == [False, True, True, True]
