"""How many statements a server process takes for what it does again and again: few, and never more
for more readers and more answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from app.events import repeating
from app.events.followed import Followed
from app.events.looking import Looking
from app.models import ControlEvent, Status
from app.models.control_event import Kind
from app.providers import Event, Text, Thinking, Usage
from app.replies import generation
from app.replies.leases import LeaseKeeper
from app.replies.storing_html import MissingHtml
from app.sockets import connecting
from app.sockets.control_events import ControlEventHandler
from app.sockets.credentials import CredentialUses, Expirations
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.statements import Statement, collected, executed

pytestmark = pytest.mark.no_cover  # it runs what others run, with many values

FEW, MANY = 2, 12
LEASE_SECONDS = 1e6

WORK = {
    "control events": 1,
    "expirations": 0,
    "uses of credentials": 1,
    "no uses": 0,
    "missing HTML": 1,
    "leases": 3,
    "leases not to be renewed": 2,
    "group commit": 3,
    "nothing to commit": 0,
    "a look while nobody is heard": 5,
    "what is repeated after it": 1,  # and three for each list
    "no look": 0,
}


@pytest.mark.parametrize("name", WORK)
def test_recurring_work_takes_no_more_statements_for_more_data(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    uses = CredentialUses()
    monkeypatch.setattr(connecting, "credential_uses", uses)
    process = Process(harness, uses)
    few, many = (count(process, cast, amount, name) for amount in (FEW, MANY))
    assert few == many <= WORK[name]


@pytest.mark.parametrize("name", WORK)
def test_recurring_work_reads_no_whole_table(harness: Harness, cast: Cast, name: str) -> None:
    process = Process(harness, CredentialUses())
    process.fill(cast, FEW)
    with executed() as statements:
        process.works[name]()
    sent = [each for each in statements if not each.text.startswith(("BEGIN", "PRAGMA"))]
    assert {each.text: each.scans() for each in sent} == {each.text: [] for each in sent}


def test_ending_an_answer_reads_no_whole_table(harness: Harness, cast: Cast) -> None:
    process = Process(harness, CredentialUses())
    process.fill(cast, FEW)
    for answer in harness.runtime.group_commit.answers.values():
        answer.end(Status.COMPLETE)
    with executed() as statements:
        harness.flush()
    sent = [each for each in statements if not each.text.startswith("BEGIN")]
    assert any(each.text.startswith("UPDATE message") for each in sent)
    assert {each.text: each.scans() for each in sent} == {each.text: [] for each in sent}


def test_what_follows_the_end_of_an_answer_takes_few_statements(
    harness: Harness, cast: Cast
) -> None:
    def follow(members: int, *more: Event) -> list[Statement]:
        bots = [
            harness.database.bot(f"{len(more)}-{members}-{number}") for number in range(members)
        ]
        answer = harness.begin(harness.database.conversation(cast.olive, *bots), cast.olive)
        for event in (Text("Yes."), *more):
            generation.add_event(answer, event)
        answer.end(Status.COMPLETE)
        harness.flush()
        with executed() as statements:
            generation.conclude(answer.message_id)
        return [each for each in statements if not each.text.startswith("BEGIN")]

    counted, few, many = follow(FEW, Usage(9, 4)), follow(FEW), follow(MANY)
    assert len(counted) <= 8
    assert len(few) == len(many) <= 15  # what nobody has counted is read again, to be estimated
    assert {each.text: each.scans() for each in many} == {each.text: [] for each in many}


class Process:
    """The work of a server process, by its name."""

    def __init__(self, harness: Harness, uses: CredentialUses) -> None:
        self.harness = harness
        control_events, commit = ControlEventHandler(), harness.runtime.group_commit
        control_events.handle_new()
        not_renewing = LeaseKeeper(commit, LEASE_SECONDS)
        not_renewing.run_once()
        self.handle_control_events = control_events.handle_new
        self.works: dict[str, Callable[[], None]] = {
            "control events": control_events.handle_new,
            "expirations": Expirations().close_due,
            "uses of credentials": uses.store,
            "no uses": CredentialUses().store,
            "missing HTML": MissingHtml().store,
            "leases": lambda: LeaseKeeper(commit, LEASE_SECONDS).run_once(),
            "leases not to be renewed": not_renewing.run_once,
            "group commit": commit.flush,
            "nothing to commit": commit.flush,
            "a look while nobody is heard": partial(Followed().look, ()),
            "what is repeated after it": repeating.repeat,
            "no look": Looking(harness.app).run_once,
        }

    def fill(self, cast: Cast, amount: int) -> None:
        """Let so many readers follow as many answers, and post as many control events."""
        harness = self.harness
        for number in range(amount):
            bot = harness.database.bot(f"{amount}-{number}")
            conversation = harness.database.conversation(cast.olive, bot)
            answer = harness.begin(conversation, cast.olive)
            generation.add_event(answer, Thinking("Well, "))
            generation.add_event(answer, Text("yes."))
            harness.reader(bot, conversation)
            harness.database.write(lambda: ControlEvent.post(Kind.DISCONNECT, "nobody"))
        self.handle_control_events()  # each new one takes a few, and none later


def count(process: Process, cast: Cast, amount: int, name: str) -> int:
    """Return how many statements the work takes with so much of everything."""
    process.fill(cast, amount)
    if name == "nothing to commit":
        process.harness.flush()
    with collected() as statements:
        process.works[name]()
    return sum(not statement.startswith("BEGIN") for statement in statements)
