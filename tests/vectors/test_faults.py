"""The vectors find a reader that breaks the rule, in whatever clause."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midstream.horizon import Horizon
from midstream.rule import ConversationLog, Outcome
from tests.vectors.test_vectors import PATHS, passes
from tests.vectors.walking import Walk

Data = dict[str, Any]
Follow = Callable[[ConversationLog, str, Data], Outcome]


def unchecked_since(follow: Follow) -> Follow:
    """Append whatever comes."""
    return lambda log, event, data: follow(log, event, since_own(log, data))


def since_own(log: ConversationLog, data: Data) -> Data:
    known = log.messages.get(data["id"])
    return {**data, "since": known.seq} if known and data["since"] else data


def unchecked_seq(follow: Follow) -> Follow:
    """Take what is held already once more."""

    def follow_again(log: ConversationLog, event: str, data: Data) -> Outcome:
        known = log.messages.get(data["id"])
        if known and data["since"] == 0:
            known.seq = -1
        return follow(log, event, data)

    return follow_again


def begun_by_chunks(follow: Follow) -> Follow:
    """Let any event begin a message."""
    return lambda log, _event, data: follow(log, "message", data)


@pytest.mark.parametrize("fault", [unchecked_since, unchecked_seq, begun_by_chunks])
def test_they_find_a_broken_rule(
    fault: Callable[[Follow], Follow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConversationLog, "_follow", fault(ConversationLog._follow))
    assert not all_pass()


@pytest.mark.parametrize(
    ("broken", "method", "fault"),
    [
        (ConversationLog, "_seen", property(lambda log: set(log.messages))),
        (Horizon, "reach", lambda horizon, position: None),
        (Horizon, "hear", lambda horizon, data: None),
        (Horizon, "remove", lambda horizon, revision, were_known: None),
        (Horizon, "is_behind", property(lambda horizon: False)),
    ],
)
def test_they_find_a_broken_horizon(
    broken: type, method: str, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broken, method, fault)
    assert not all_pass()


def all_pass() -> bool:
    return all(passes(json.loads(path.read_text())) for path in PATHS)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(min_value=0))
def test_rule_and_oracle_agree_on_any_walk(seed: int) -> None:
    assert passes(Walk(seed).tale.contents)
