"""What people use of the models, and their limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import ClassVar

import pytest

from app import replies
from app.config import Limit, Price, parse_limit
from app.extensions import db
from app.models import Message, Status, User
from app.models.model_use import ModelUse, Sums, first_of_next_month, month_of
from app.providers import AnsweredBy, Text, Usage
from app.replies import generation
from app.replies.allowance import (
    MEANWHILE,
    check_allowance,
    note_answering,
    record_use,
    refusal_of,
    warning_for,
)
from app.replies.generation import conclude
from tests.support.at_the_limit import check_that_it_is_kept
from tests.support.cast import Cast, Person
from tests.support.harness import Harness
from tests.support.scripted_models import ScriptedModels
from tests.support.socket import Socket

PRICE = Price(10_000, 100_000)  # a dollar, and ten


class Priced(ScriptedModels):
    """Models that all cost the same."""

    prices: ClassVar[dict[str, Price]] = {"demo": PRICE}

    def price(self, _name: str | None) -> Price:  # type: ignore[override]
        return PRICE


class Fallback(Priced):
    """Models of which the one that is asked first costs ten times as much."""

    def price(self, name: str | None) -> Price:  # type: ignore[override]
        return PRICE if name == "other" else Price(10 * PRICE.read, 10 * PRICE.written)


def used(harness: Harness, person: Person) -> Sums:
    return harness.database.read(lambda: month_of(harness.user(person)))


def limit(harness: Harness, person: Person, text: str | None) -> None:
    key = harness.user(person)

    def work() -> None:
        db.session.get_one(User, key).monthly_limit = text

    harness.database.write(work)


def test_an_answer_counts_once_for_whoever_asked_at_the_price_of_that_time(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.runtime.models = Priced()  # type: ignore[assignment]
    answer = harness.answered(conversation, cast.max, Text("Yes."), Usage(1000, 20))
    for _ in range(2):
        conclude(answer.message_id)
    cost = 1000 * PRICE.read + 20 * PRICE.written
    assert used(harness, cast.max) == Sums(1, 1000, 20, cost, 0)
    assert used(harness, cast.olive) == Sums()
    harness.script()
    assert used(harness, cast.max).cost == cost


def test_a_fallback_counts_at_its_own_price(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.runtime.models = Fallback()  # type: ignore[assignment]
    pieces = (AnsweredBy("other"), Text("Yes."), Usage(1000, 20))
    answer = harness.answered(conversation, cast.max, *pieces)
    record_use(answer.message_id)
    assert used(harness, cast.max).cost == 1000 * PRICE.read + 20 * PRICE.written
    found = db.select(ModelUse.model)
    assert harness.database.read(lambda: db.session.scalars(found).all()) == ["other"]
    assert harness.database.messages(conversation)[-1].model == "demo"
    harness.database.write(lambda: db.session.execute(db.delete(Message)))
    note_answering(answer.message_id, "other")  # of an answer that is gone


def test_a_retry_counts_for_whoever_asks_for_it(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    first = harness.answered(conversation, cast.max, Text("No."), Usage(10, 1))
    retried = harness.reader(cast.olive).ask("retry", {"id": first.public_id})["reply"]
    answer = harness.prepare(harness.message_key(retried))
    answer.end(Status.COMPLETE)
    harness.flush()
    record_use(answer.message_id)
    assert used(harness, cast.olive).answers == 0, "it has neither a text nor a count"
    answer = harness.answered(conversation, cast.olive, Text("Yes." * 30))
    record_use(answer.message_id)
    assert used(harness, cast.olive)[:1] == (1,)
    estimated = db.select(ModelUse.input_tokens, ModelUse.output_tokens, ModelUse.estimated)
    row = harness.database.read(lambda: tuple(db.session.execute(estimated).one()))
    assert row[0] > 12 and row[1:] == (40, True)
    assert used(harness, cast.olive).unpriced == 1


def test_a_question_is_no_use(harness: Harness, cast: Cast, conversation: str) -> None:
    harness.ask(conversation, cast.max)
    question = harness.database.messages(conversation)[0].id
    record_use(harness.message_key(question))
    record_use(10**6)
    assert used(harness, cast.max) == Sums()
    assert refusal_of(10**6) is None, "what is gone is refused where it is looked for"


def test_somebody_is_warned_and_then_refused(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    limit(harness, cast.max, "1000 tokens")
    key, max_ = harness.user(cast.max), harness.reader(cast.max, conversation)
    olive = harness.reader(cast.olive, conversation)
    for reader in (max_, olive):
        assert reader.ask("conversations", {"follow": True})["ok"]

    def warnings(reader: Socket) -> list[str]:
        return [data["warning"] for name, data in reader.received() if name == "allowance"]

    def use(tokens: int) -> str:
        answer = harness.answered(conversation, cast.max, Text("Yes."), Usage(tokens, 0))
        record_use(answer.message_id)
        return harness.database.read(lambda: warning_for(db.session.get_one(User, key)))

    assert use(799) == ""
    assert warnings(max_) == []
    near = use(1)
    assert near == "You have used 80% of your limit of 1,000 tokens for this month."
    reached = use(400)
    assert reached.startswith("You have used your limit of 1,000 tokens for this month.")
    assert warnings(max_) == [near, reached] and warnings(olive) == []
    last = harness.answered(conversation, cast.olive, Text("Yes."), Usage(1, 1))
    before = harness.database.messages(conversation)
    question = before[-4].id
    for event, payload in {
        "send": {"conversation": conversation, "content": "And?"},
        "edit": {"id": question, "content": "And?"},
        "retry": {"id": last.public_id},
    }.items():
        refused = max_.ask(event, payload)
        assert (refused["error"], "begins anew" in refused["message"]) == ("forbidden", True)
    assert harness.database.messages(conversation) == before
    to_everybody = {"conversation": conversation, "content": "Hello", "asks": []}
    assert max_.ask("send", to_everybody)["ok"]
    limit(harness, cast.max, "none")
    assert max_.ask("send", {"conversation": conversation, "content": "And?"})["ok"]


@pytest.mark.usefixtures("commits_at_once")
def test_what_waits_is_not_sent_any_more_when_the_limit_is_used_up(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    """Neither the next model of one question, nor a question that waits; others' are."""
    limit(harness, cast.max, "1000 tokens")
    script = harness.script(Text("Yes."), Usage(1000, 0))
    key, max_, olive = harness.key(conversation), *map(harness.user, (cast.max, cast.olive))
    first = replies.ask(key, max_, "One?", None, asks=["demo", "other"])["reply"]
    replies.ask(key, max_, "Two?", None)
    replies.ask(key, olive, "Three?", None)
    background = harness.app.extensions["background"]
    background.start = lambda task, *args: task(*args) if task is generation.generate else None
    generation.generate(harness.message_key(first))  # the next one begins before it returns
    answers = [each for each in harness.database.messages(conversation) if each.role != "user"]
    told = [(each.status, each.error) for each in answers]
    assert told == [("complete", None), *[("failed", MEANWHILE)] * 2, ("complete", None)]
    assert [turns[-1].content for turns in script.heard] == ["One?", "Three?"]
    assert used(harness, cast.max).answers == 1, "what was not sent has cost nothing"


def test_a_limit_is_kept_by_two_processes_at_the_same_moment(harness: Harness, cast: Cast) -> None:
    check_that_it_is_kept(harness, cast)


def test_the_settings_have_a_default_and_ones_own_limit_comes_first(
    harness: Harness, cast: Cast
) -> None:
    config = harness.app.extensions["config"]
    harness.app.extensions["config"] = replace(config, monthly_limit=Limit(True, 0))
    key = harness.user(cast.max)
    with pytest.raises(Exception, match=r"limit of \$0.00"):
        harness.database.read(lambda: check_allowance(key))
    limit(harness, cast.max, "20.50 dollars")
    harness.database.read(lambda: check_allowance(key))
    key = harness.user(cast.olive)
    assert harness.database.read(lambda: warning_for(db.session.get_one(User, key))) != ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", None),
        ("20 dollars", Limit(True, 200_000_000_000)),
        (" 0.05 dollars ", Limit(True, 500_000_000)),
        ("2000000tokens", Limit(False, 2_000_000)),
    ],
)
def test_a_limit_is_a_text(text: str, expected: Limit | None) -> None:
    assert parse_limit(text) == expected


@pytest.mark.parametrize("text", ["", "20", "-1 dollars", "1e3 tokens", "1000000 dollars", "$20"])
def test_any_other_text_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="not a limit"):
        parse_limit(text)


def test_a_limit_begins_anew_on_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.models.model_use.today", lambda: date(2026, 1, 31))
    assert first_of_next_month() == date(2026, 2, 1)
    monkeypatch.setattr("app.models.model_use.today", lambda: date(2026, 12, 1))
    assert first_of_next_month() == date(2027, 1, 1)


def test_the_use_of_a_conversation_stays_when_that_is_gone(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.max, Text("Yes."), Usage(10, 1))
    record_use(answer.message_id)
    harness.database.write(lambda: db.session.execute(db.delete(Message)))
    assert used(harness, cast.max).tokens == 11
