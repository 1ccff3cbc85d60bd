"""Whatever one answer raises, at whichever step: it ends with a sentence, and the others go on."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from app.markdown import render, render_typed
from app.rendering.renderer import as_text
from app.replies.commit_failures import NOT_STORED
from app.replies.generation import UNEXPECTED
from app.replies.group_commit import NOT_SENT
from tests.faults.conftest import figures_of
from tests.proof.fault import FOR_USERS, ONCE, SECRET, STEPS, Fault, faults_at
from tests.proof.several_answers import PIECES, VICTIM, SeveralAnswers, pieces_for
from tests.support.cast import Cast
from tests.support.harness import Harness

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]

SENTENCES = {UNEXPECTED, NOT_STORED, NOT_SENT, FOR_USERS}
ROUND_SECONDS = 0.3
QUICK_ROUNDS = PIECES + 6
SLOW_ROUNDS = 60
MOST_TRIES = 60
LONG = 7200.0


def check_readers(several: SeveralAnswers, *, at_the_end: bool) -> None:
    """Assert that every reader shows prefixes of what is stored; at the end, all of it."""
    truth = several.stored()
    for where, shown in several.shown():
        for message in truth[where]:
            held = shown.get(message.id)
            if at_the_end:
                assert held is not None, "a reader lacks a message"
                assert (held["status"], held["error"]) == (message.status, message.error)
                assert (held["content"], held["thinking"]) == (message.content, message.thinking)
            elif held:
                assert held["seq"] <= message.seq
                assert message.content.startswith(held["content"])
                assert message.thinking.startswith(held["thinking"])


def check_bystanders(several: SeveralAnswers) -> None:
    """Assert that the others have ended, each with all of its text."""
    for number, answer in enumerate(several.bystanders(), 1):
        said = pieces_for(f"Question{'!' * number}")
        assert answer.status == "complete", "another answer has not gone on"
        assert answer.thinking + answer.content == "".join(piece.text for piece in said)


def check_victim(several: SeveralAnswers) -> None:
    """Assert that the answer has ended, and says so in plain words."""
    victim, following = several.answers(several.victim_place)
    said = "".join(piece.text for piece in pieces_for(VICTIM))
    if victim.status == "complete":
        assert victim.thinking + victim.content == said
    elif victim.status == "failed":
        assert victim.error in SENTENCES
    else:
        assert (victim.status, victim.error) == ("interrupted", None)
    assert said.startswith(victim.thinking + victim.content)
    assert SECRET not in str(victim)
    assert following.status == "complete", "what waits for an answer must be answered"


def check_html(several: SeveralAnswers) -> None:
    """Assert that every text is rendered, or stored as text where that fails."""
    for messages in several.stored().values():
        for message in messages:
            html = several.harness.database.html(message.id)
            rendered = render_typed if message.role == "user" else render
            expected = {rendered(message.content)}
            if message.id == several.victim:
                expected.add(as_text(message.content))
            assert html in expected


def check_ready(several: SeveralAnswers) -> None:
    """Assert that nothing waits to be stored, and that the process says so."""
    assert several.harness.app.test_client().get("/readyz").status_code == 200
    assert not several.runtime.group_commit.answers


def run(several: SeveralAnswers) -> None:
    """Let the answers go on, with the fault and after it."""
    for _ in range(QUICK_ROUNDS):
        several.go_on(ROUND_SECONDS)
        check_readers(several, at_the_end=False)
    check_bystanders(several)
    for _ in range(SLOW_ROUNDS):
        several.go_on(1.0)
        if several.is_over:
            break
    assert several.fault.raised < MOST_TRIES, "it is tried again and again"
    check_ready(several)
    several.fault.mend()
    several.pass_time(LONG)
    for _ in range(PIECES + 10):
        several.go_on(1.0)


@pytest.fixture
def exploring(pytestconfig: pytest.Config) -> settings:
    return settings(
        max_examples=figures_of(pytestconfig).count(3, 12),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.reuse, Phase.generate],  # a fault has nothing to shrink
    )


@pytest.mark.parametrize("step", STEPS)
def test_one_answer_ends_and_the_others_go_on(
    harness: Harness, cast: Cast, step: str, exploring: settings
) -> None:
    @exploring
    @given(faults_at(step))
    def explore(fault: Fault) -> None:
        with pytest.MonkeyPatch.context() as patch:
            several = SeveralAnswers(harness, cast, fault, patch)
            with several.asked(cast.olive):
                run(several)
                check_all(several)

    explore()


def check_all(several: SeveralAnswers) -> None:
    """Assert that all has ended as it should."""
    fault = several.fault
    assert fault.raised or fault.step not in ONCE, "precondition: it meets the fault"
    assert several.is_over
    check_victim(several)
    check_bystanders(several)
    check_html(several)
    check_ready(several)
    check_readers(several, at_the_end=True)
    assert not several.errors
