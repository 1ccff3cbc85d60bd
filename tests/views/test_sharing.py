"""Share links: made and revoked by the owner; what strangers see, without scripts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from limits import parse

from app.config import RateLimits
from app.events.sharing import ANSWER_TITLE, SOMEBODY
from app.extensions import db
from app.models import Share
from app.models.share import MAX_SHARES, NO_ANSWER, TOO_MANY
from app.providers import Text, Thinking
from app.replies import generation
from app.views.shared_page import NOT_VALID, openings
from tests.support.browser import Browser, articles, inside
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.sharing import found, revoke, share

SHOWN = re.compile(r"data-new-link>([^<]+)<")
BASE = "http://localhost"


@pytest.fixture
def page(conversation: str) -> str:
    return f"/conversations/{conversation}/share"


@pytest.fixture(autouse=True)
def nothing_opened() -> None:
    """Forget what other tests of this process have opened."""
    openings._counts.clear()


def made(olive: Browser, page: str, **fields: str) -> str:
    """Make a link, and return its path as the page shows it."""
    assert olive.post(page, form_on=page, **fields).location == page
    response = olive.open(page)
    assert response.headers["Cache-Control"] == "no-store"
    link = SHOWN.search(response.text)
    assert link
    return unescape(link[1]).removeprefix(BASE)


def test_a_link_is_shown_once_and_lets_a_stranger_read(
    harness: Harness, cast: Cast, olive: Browser, nobody: Browser, page: str, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.max, Thinking("Hm."), Text("**Yes**, Max."))
    path = made(olive, page, days="7", names="hide")
    assert path not in olive.open(page).text, "it is shown once"

    shown = nobody.open(path)

    assert shown.status_code == 200
    assert "<strong>Yes</strong>, Max." in articles(shown.text)[answer.public_id][1]
    assert "Tests" in inside(shown.text, "shared-title")
    for secret in ("Hm.", "@example.org", "Olive", conversation, "message-edit", "message-retry"):
        assert secret not in shown.text, secret
    assert shown.headers["X-Robots-Tag"].startswith("noindex")
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert '<meta name="robots" content="noindex' in shown.text
    assert "<form" not in shown.text


@pytest.mark.parametrize(("names", "author"), [("show", "Max"), ("hide", SOMEBODY)])
def test_names_are_shown_where_the_owner_has_said_so(
    harness: Harness,
    cast: Cast,
    olive: Browser,
    nobody: Browser,
    page: str,
    conversation: str,
    names: str,
    author: str,
) -> None:
    harness.answered(conversation, cast.max, Text("Yes."))
    shown = nobody.open(made(olive, page, names=names)).text
    question, _ = articles(shown).values()
    assert inside(question[1], "message-author") == author


def test_a_link_to_an_answer_shows_it_with_its_question_alone(
    harness: Harness, cast: Cast, olive: Browser, nobody: Browser, page: str, conversation: str
) -> None:
    harness.answered(conversation, cast.max, Text("Before."))
    answer = harness.answered(conversation, cast.max, Text("This one."))
    harness.answered(conversation, cast.max, Text("After."))
    assert "Share one answer" in olive.open(f"{page}?answer={answer.public_id}").text
    shown = nobody.open(made(olive, page, answer=answer.public_id)).text
    assert list(articles(shown))[1:] == [answer.public_id]
    assert "Before" not in shown and "After" not in shown and "Tests" not in shown
    assert inside(shown, "shared-title") == ANSWER_TITLE


def test_a_page_without_scripts_comes_again_while_an_answer_streams(
    harness: Harness, cast: Cast, nobody: Browser, conversation: str
) -> None:
    answer = harness.begin(conversation, cast.max)
    generation.add_event(answer, Text("So far"))
    harness.flush()
    secret = share(harness.database, conversation, cast.olive)
    shown = nobody.open(f"/share/{secret}").text
    assert 'http-equiv="refresh"' in shown and "So far" in shown
    nobody.open(f"/share/{secret}?again=1")
    openings.store()
    openings.store()
    key = found(harness.database, secret).id
    opened = harness.database.read(lambda: db.session.get_one(Share, key).opened)
    assert opened == 1, "a page that comes again was not opened again"


def test_earlier_messages_are_on_pages_of_their_own(
    harness: Harness, cast: Cast, nobody: Browser, conversation: str
) -> None:
    for _ in range(26):
        harness.answered(conversation, cast.max, Text("Yes."))
    path = f"/share/{share(harness.database, conversation, cast.olive)}"
    latest = nobody.open(path).text
    earlier = re.search(r'href="([^"]+\?before=3)"', latest)
    assert earlier
    shown = nobody.open(unescape(earlier[1])).text
    assert len(articles(shown)) == 2 and "shared.js" not in shown


def test_counts_that_can_not_be_stored_are_kept(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    openings.add(7)
    with monkeypatch.context() as patch:
        patch.setattr(Share, "count_opened", lambda _counts: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            openings.store()
    assert openings._counts == {7: 1}
    openings.store()
    assert not openings._counts


def test_a_member_is_led_on_to_the_conversation(
    harness: Harness, cast: Cast, olive: Browser, eve: Browser, conversation: str
) -> None:
    path = f"/share/{share(harness.database, conversation, cast.olive)}"
    assert f'href="/conversations/{conversation}"' in olive.open(path).text
    assert conversation not in eve.open(path).text


@pytest.mark.parametrize("guess", ["x", "midstream_share_wrong", "%00", "%ed%a0%80", "x" * 2000])
def test_a_wrong_secret_is_answered_with_a_sentence(nobody: Browser, guess: str) -> None:
    refused = nobody.open(f"/share/{guess}")
    assert refused.status_code == 404
    assert NOT_VALID in unescape(refused.text)
    assert refused.headers["X-Robots-Tag"].startswith("noindex")
    assert refused.headers["Cache-Control"] == "private, no-store"


def test_a_link_that_has_ended_shows_nothing(
    harness: Harness, cast: Cast, olive: Browser, nobody: Browser, page: str, conversation: str
) -> None:
    late = share(harness.database, conversation, cast.olive, timedelta(seconds=-1))
    secret = share(harness.database, conversation, cast.olive)
    assert nobody.open(f"/share/{late}").status_code == 404
    listed = olive.open(page).text
    assert listed.count("Revoke now") == 1 and "until it is revoked" in listed
    key = str(found(harness.database, secret).id)
    for _ in range(2):  # twice is once
        assert olive.post(f"{page}/revoke", form_on=page, id=key).location == page
    assert nobody.open(f"/share/{secret}").status_code == 404
    assert "There are no links" in olive.open(page).text
    assert olive.open(f"{page}/revoke").location == page


def test_a_link_of_another_conversation_is_not_revoked_here(
    harness: Harness, cast: Cast, olive: Browser, nobody: Browser, page: str
) -> None:
    other = harness.database.conversation(cast.eve)
    secret = share(harness.database, other, cast.eve)
    key = str(found(harness.database, secret).id)
    olive.post(f"{page}/revoke", form_on=page, id=key)
    assert nobody.open(f"/share/{secret}").status_code == 200


def test_an_answer_of_another_conversation_is_not_shared_from_here(
    harness: Harness, cast: Cast, olive: Browser, page: str
) -> None:
    other = harness.database.conversation(cast.eve)
    answer = harness.answered(other, cast.eve, Text("Mine.")).public_id
    for wrong in (answer, "gone", "x" * 64):
        refused = olive.post(page, form_on=page, answer=wrong)
        assert refused.status_code == 409 and NO_ANSWER in refused.text
    for field in ({"answer": "x" * 65}, {"days": "0"}, {"names": "?"}):
        assert olive.post(page, form_on=page, **field).status_code == 400


def test_a_conversation_has_only_so_many_links(
    harness: Harness, cast: Cast, olive: Browser, page: str, conversation: str
) -> None:
    secrets = [share(harness.database, conversation, cast.olive) for _ in range(MAX_SHARES)]
    refused = olive.post(page, form_on=page)
    assert refused.status_code == 400 and TOO_MANY in refused.text
    revoke(harness.database, secrets[0])
    assert olive.post(page, form_on=page).status_code == 303


def test_strangers_are_limited_by_their_address(
    harness: Harness, cast: Cast, nobody: Browser, conversation: str
) -> None:
    path = f"/share/{share(harness.database, conversation, cast.olive)}"
    config = harness.app.extensions["config"]
    limits = RateLimits(share=parse("1 per minute"))
    harness.app.extensions["config"] = replace(config, rate_limits=limits)
    assert nobody.open(path).status_code == 200
    refused = nobody.open(path)
    assert refused.status_code == 429 and refused.headers["Retry-After"]


def test_the_link_of_a_maker_who_is_gone_stays(
    harness: Harness, cast: Cast, olive: Browser, nobody: Browser, page: str, conversation: str
) -> None:
    secret = share(harness.database, conversation, cast.olive)
    key = found(harness.database, secret).id

    def forget() -> None:
        db.session.get_one(Share, key).user_id = None

    harness.database.write(forget)
    assert "Former member" in olive.open(page).text
    assert nobody.open(f"/share/{secret}").status_code == 200
