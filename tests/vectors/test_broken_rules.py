"""The vectors detect a rule that is broken in any of its branches."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midstream.cursor import Cursor
from midstream.early import EarlyEvents
from midstream.rule import MessageLog, Outcome
from tests.vectors.random_walks import RandomWalk
from tests.vectors.test_vectors import PATHS, passes

Data = dict[str, Any]
Rule = Callable[[MessageLog, str, Data], Outcome]


def unchecked_since(rule: Rule) -> Rule:
    """Append every text, also after a gap."""
    return lambda log, event, data: rule(log, event, without_gap(log, data))


def without_gap(log: MessageLog, data: Data) -> Data:
    known = log.messages.get(data["id"])
    return {**data, "since": known.seq} if known and data["since"] else data


def unchecked_seq(rule: Rule) -> Rule:
    """Apply events again whose text is held already."""

    def apply_again(log: MessageLog, event: str, data: Data) -> Outcome:
        known = log.messages.get(data["id"])
        if known and data["since"] == 0:
            known.seq = -1
        return rule(log, event, data)

    return apply_again


def begun_by_chunks(rule: Rule) -> Rule:
    """Let any event begin a message."""
    return lambda log, _event, data: rule(log, "message", data)


def advance_if_repeated(cursor: Cursor, revision: int, were_known: bool) -> None:
    """Advance to a removal of an unknown message when it is repeated."""
    cursor.observe({"revision": revision})
    if were_known and cursor.revision is not None and revision == cursor.revision + 1:
        cursor.revision = revision


@pytest.mark.parametrize("fault", [unchecked_since, unchecked_seq, begun_by_chunks])
def test_the_vectors_detect_a_broken_rule(
    fault: Callable[[Rule], Rule], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MessageLog, "_follow", fault(MessageLog._follow))
    assert not all_pass()


@pytest.mark.parametrize(
    ("broken", "method", "fault"),
    [
        (MessageLog, "_known_ids", property(lambda log: set(log.messages))),
        (Cursor, "reached", lambda cursor, position: None),
        (Cursor, "observe", lambda cursor, data: None),
        (Cursor, "removed", lambda cursor, revision, were_known: None),
        (Cursor, "removed", advance_if_repeated),
        (Cursor, "is_behind", property(lambda cursor: False)),
    ],
)
def test_the_vectors_detect_a_broken_cursor(
    broken: type, method: str, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broken, method, fault)
    assert not all_pass()


@pytest.mark.parametrize(
    ("broken", "method", "fault"),
    [
        (EarlyEvents, "keep", lambda early, event, data: None),
        (EarlyEvents, "take", lambda early, id: early._kept),
        (EarlyEvents, "take", lambda early, id: [each for each in early._kept if id in str(each)]),
        (EarlyEvents, "clear", lambda early: None),
        (EarlyEvents, "is_waiting", property(lambda early: False)),
        (EarlyEvents, "is_waiting", property(lambda early: bool(early._kept))),
        (MessageLog, "joining", lambda log: log._early.clear()),
    ],
)
def test_the_vectors_detect_a_reader_that_does_not_keep_early_events_correctly(
    broken: type, method: str, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broken, method, fault)
    assert not all_pass()


def all_pass() -> bool:
    return all(passes(json.loads(path.read_text())) for path in PATHS)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(min_value=0))
def test_the_rule_and_the_oracle_agree_on_any_random_walk(seed: int) -> None:
    assert passes(RandomWalk(seed).scenario.contents)
