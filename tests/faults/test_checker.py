"""Each rule of the checker finds a history that breaks it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.checker import PAGE, violations
from tests.faults.history import Held, History, Membership, Received, Sent, Shown, Truth
from tests.support.database import Stored

HERE = "a conversation"
BEGAN, LEFT = 100.0, 200.0


@pytest.fixture
def history() -> History:
    """Olive asks; she and Max read an answer to its end; Rex reads until he is removed."""
    return History(
        shown=[
            *(Shown(who, "q", 1, "complete", "Why?") for who in ("olive", "max")),
            *(Shown(who, "a", 1, "streaming", "", "Hm. ") for who in ("olive", "max", "rex")),
            *(Shown(who, "a", 2, "streaming", "Be", "Hm. ") for who in ("olive", "rex")),
            *(Shown(who, "a", 3, "complete", "Because.", "Hm. ") for who in ("olive", "max")),
            Shown("max", "old", 2, "streaming", "An earlier try"),
        ],
        received=[
            *(Received(who, HERE, "chunk", BEGAN + 1) for who in ("olive", "max", "rex")),
            Received("rex", HERE, "chunk", LEFT + 0.9),
            Received("rex", HERE, "rejoin", LEFT + 9),
        ],
        sent=[Sent(HERE, "q", "Why?")],
        memberships=[
            Membership("olive", HERE, BEGAN),
            Membership("max", HERE, BEGAN),
            Membership("rex", HERE, BEGAN, LEFT),
        ],
        present={who: Held(HERE, frozenset(["q", "a"])) for who in ("olive", "max")},
    )


@pytest.fixture
def truth() -> Truth:
    messages = [
        Stored("q", "user", "complete", 1, "Why?", "", None),
        Stored("a", "assistant", "complete", 3, "Because.", "Hm. ", None),
    ]
    return Truth({HERE: messages}, gone={"old"})


def shows(*shown: object) -> Callable[[History, Truth], None]:
    return lambda history, _: history.shown.insert(7, Shown(*shown))  # type: ignore[arg-type]


def receives(*received: object) -> Callable[[History, Truth], None]:
    return lambda history, _: history.received.append(Received(*received))  # type: ignore[arg-type]


def stores(place: int, **changes: object) -> Callable[[History, Truth], None]:
    def change(_: History, truth: Truth) -> None:
        truth.messages[HERE][place] = truth.messages[HERE][place]._replace(**changes)

    return change


LATE = "rex receives `chunk` of a conversation, without being a member"
BAD = {
    "rex shows at 2 text that is no prefix of a": shows("rex", "a", 2, "streaming", "No", "Hm. "),
    "rex shows at 1 text that is no prefix of a": shows("rex", "a", 1, "streaming", "", "Oh"),
    "entry 2 of a is one text to rex, another to others": shows(
        "rex", "a", 2, "streaming", "B", "Hm. "
    ),
    "rex shows entry 4 of a, which has 3": shows("rex", "a", 4, "streaming", "Because.", "Hm. "),
    "a has 2 endings: ['complete', 'stopped']": shows("rex", "a", 3, "stopped", "Because.", "Hm. "),
    "old has 2 endings: ['failed', 'stopped']": lambda history, _: history.shown.extend(
        Shown(who, "old", 3, status, "An earlier try")
        for who, status in (("olive", "failed"), ("max", "stopped"))
    ),
    "olive shows a streaming after its end": lambda history, _: history.shown.append(
        Shown("olive", "a", 2, "streaming", "Be", "Hm. ")
    ),
    "a has 2 endings: ['complete', 'interrupted']": stores(1, status="interrupted"),
    "a is streaming in the end": stores(1, status="streaming"),
    "a conversation has 1 questions and 0 answers": lambda _, truth: truth.messages[HERE].pop(),
    f"{LATE}: it ended 1.10 s before": receives("rex", HERE, "chunk", LEFT + 1.1),
    "max receives `message` of a conversation, without being a member": receives(
        "max", HERE, "message", BEGAN - 1
    ),
    "eve receives `chunk` of a conversation, without being a member": receives(
        "eve", HERE, "chunk", BEGAN + 1
    ),
    "old, which max has seen, is gone": lambda _, truth: truth.gone.clear(),
    "the question lost was acknowledged and is not there as it was sent": (
        lambda history, _: history.sent.append(Sent(HERE, "lost", "Hello?"))
    ),
    "the question q was acknowledged and is not there as it was sent": stores(0, content="Why"),
    "max does not show a as it is": lambda history, _: history.shown.remove(
        Shown("max", "a", 3, "complete", "Because.", "Hm. ")
    ),
    "olive does not show q as it is": lambda history, _: history.present.update(
        olive=Held(HERE, frozenset(["a"]))
    ),
    "max does not show q as it is": lambda history, _: history.shown.remove(
        Shown("max", "q", 1, "complete", "Why?")
    ),
}


def test_a_good_history_has_no_violations(history: History, truth: Truth) -> None:
    assert violations(history, truth) == []


@pytest.mark.parametrize("violation", BAD)
def test_a_bad_history_is_found(history: History, truth: Truth, violation: str) -> None:
    BAD[violation](history, truth)
    assert violation in violations(history, truth)


def test_a_question_that_was_replaced_may_be_gone(history: History, truth: Truth) -> None:
    history.sent.append(Sent(HERE, "old", "Hello?"))
    assert violations(history, truth) == []


def test_after_a_reload_a_reader_needs_only_the_last_page(history: History, truth: Truth) -> None:
    pages = [Stored(f"m{n}", "user", "complete", 1, "So?", "", None) for n in range(PAGE)]
    answers = [each._replace(id=f"r{each.id}", role="assistant") for each in pages]
    truth.messages[HERE] += [*pages, *answers]
    seen = [each.id for each in answers]
    history.present = {"max": Held(HERE, frozenset(seen))}
    history.shown += [Shown("max", each, 1, "complete", "So?") for each in seen]
    assert violations(history, truth) == []
    history.present = {"max": Held(HERE, frozenset(seen[1:]))}
    assert violations(history, truth) == ["max does not show rm0 as it is"]
