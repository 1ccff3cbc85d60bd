"""Checks a history against what the database holds in the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from tests.faults.history import History, Shown, Truth
from tests.support.agreement import ENDED

PAGE = 50  # messages of a conversation that a reader receives after `reload`
REJOIN = "rejoin"  # reveals nothing of a conversation, so anybody may receive it
LEAVING_SECONDS = 1.0  # after the commit, as docs/reliability.md guarantees

Violations = Iterator[str]
Rule = Callable[[History, Truth], Violations]


def violations(history: History, truth: Truth) -> list[str]:
    """Return all violations in a history."""
    return [violation for rule in RULES for violation in rule(history, truth)]


def prefixes_only(history: History, truth: Truth) -> Violations:
    """At all times every client shows a prefix of what the message becomes."""
    stored = truth.by_id()
    for message, shown in _by_message(history).items():
        shown = sorted(shown, key=lambda each: each.seq)
        end = stored.get(message) or shown[-1]
        for each in shown:
            if each.seq > end.seq:
                yield f"{each.client} shows entry {each.seq} of {message}, which has {end.seq}"
            if not _begins(end.content, each.content) or not _begins(end.thinking, each.thinking):
                yield f"{each.client} shows at {each.seq} text that is no prefix of {message}"
        yield from _one_text_a_seq(message, shown)


def _one_text_a_seq(message: str, shown: list[Shown]) -> Violations:
    texts: dict[int, tuple[str, str]] = {}
    for each in shown:
        if texts.setdefault(each.seq, (each.content, each.thinking)) != each[4:]:
            yield f"entry {each.seq} of {message} is one text to {each.client}, another to others"


def one_ending_each(history: History, truth: Truth) -> Violations:
    """A message ends once, in the same way for all, and nothing comes after its end."""
    stored = truth.by_id()
    for message, shown in _by_message(history).items():
        endings = {(each.seq, each.status, *each[4:]) for each in shown if each.status in ENDED}
        if message in stored and stored[message].status in ENDED:
            end = stored[message]
            endings.add((end.seq, end.status, end.content, end.thinking))
        if len(endings) > 1:
            yield f"{message} has {len(endings)} endings: {sorted(end[1] for end in endings)}"
        yield from _nothing_after_the_end(message, shown)


def _nothing_after_the_end(message: str, shown: list[Shown]) -> Violations:
    ended: set[str] = set()
    for each in shown:
        if each.client in ended and each.status not in ENDED:
            yield f"{each.client} shows {message} streaming after its end"
        if each.status in ENDED:
            ended.add(each.client)


def every_end_is_reached(history: History, truth: Truth) -> Violations:
    """No message streams for ever."""
    for message in truth.by_id().values():
        if message.status not in ENDED:
            yield f"{message.id} is {message.status} in the end"


def every_question_is_answered(history: History, truth: Truth) -> Violations:
    """Each question has an answer with any status."""
    for conversation, messages in truth.messages.items():
        roles = Counter(each.role for each in messages)
        if roles["user"] != roles["assistant"]:
            yield f"{conversation} has {roles['user']} questions and {roles['assistant']} answers"


def members_only(history: History, truth: Truth) -> Violations:
    """Nobody receives events of a conversation outside a membership's interval."""
    intervals = defaultdict(list)
    for each in history.memberships:
        intervals[each.person, each.conversation].append((each.since, each.until))
    for event in history.received:
        if event.event == REJOIN:
            continue
        allowed = intervals[event.person, event.conversation]
        if not any(since <= event.at <= until + LEAVING_SECONDS for since, until in allowed):
            what = f"{event.person} receives `{event.event}` of {event.conversation}"
            ended = [until for _, until in allowed if until < event.at]
            late = f": it ended {event.at - max(ended):.2f} s before" if ended else ""
            yield f"{what}, without being a member{late}"


def nothing_vanishes(history: History, truth: Truth) -> Violations:
    """A message that a client has shown is stored, unless it was replaced on request."""
    stored = truth.by_id()
    for message, shown in _by_message(history).items():
        if message not in stored and message not in truth.gone:
            yield f"{message}, which {shown[0].client} has seen, is gone"


def nothing_acknowledged_is_lost(history: History, truth: Truth) -> Violations:
    """Every acknowledged question is stored once, as it was sent."""
    for sent in history.sent:
        found = [
            each for each in truth.messages.get(sent.conversation, []) if each.id == sent.message
        ]
        if sent.message not in truth.gone and [each.content for each in found] != [sent.content]:
            yield f"the question {sent.message} was acknowledged and is not there as it was sent"


def all_are_in_step(history: History, truth: Truth) -> Violations:
    """Every client present in the end shows what the database holds: all of it, or after a `reload`
    at least a page."""
    last = {(each.client, each.message): each for each in history.shown}
    for client, held in history.present.items():
        stored = truth.messages[held.conversation]
        count = max(len(held.messages), min(PAGE, len(stored)))
        for message in stored[-count:] if count else []:
            shown = last.get((client, message.id))
            true = (message.seq, message.status, message.content, message.thinking)
            if message.id not in held.messages or shown is None or shown[2:] != true:
                yield f"{client} does not show {message.id} as it is"


IN_CALM = (every_end_is_reached, every_question_is_answered, all_are_in_step)
RULES: tuple[Rule, ...] = (
    prefixes_only,
    one_ending_each,
    members_only,
    nothing_vanishes,
    nothing_acknowledged_is_lost,
    *IN_CALM,
)


def _by_message(history: History) -> dict[str, list[Shown]]:
    by_message = defaultdict(list)
    for each in history.shown:
        by_message[each.message].append(each)
    return by_message


def _begins(whole: str, part: str) -> bool:
    return whole.startswith(part)
