"""Lays out a tree of messages, as other programs have it, as messages with versions.

Messages with the same predecessor are versions of one message. Of these one leads on: that on the
way to the message that was shown last, else the last one. The others are hidden, each with what
follows it. So every way through the tree can be chosen here.

Whatever the tree is like, each message comes once, after what it follows; nothing here recurses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from app.importing.parsed import Leads, Row
from app.importing.values import MAX_TEXT, Unusable
from app.models.message import Role
from app.models.versions import MAX_VERSIONS

MAX_MESSAGES = 100_000  # of one conversation, with those that are left out
MAX_CHARACTERS = 50_000_000  # of one conversation
NO_QUESTION = "(The conversation began with an answer.)"
TOO_MANY = f"It has more than {MAX_MESSAGES:,} messages."
TOO_LONG = f"It has more than {MAX_CHARACTERS:,} characters."
ORPHANS = "messages whose predecessor is missing, or comes after them: versions of the first one"
TOO_MANY_VERSIONS = f"versions of a message beyond {MAX_VERSIONS}"
SAME_KEY = "messages with the same id as an earlier one"
TWICE = "messages that both a question and an answer followed: there as two versions"


Thoughts = tuple[str, "Thoughts | None"]


@dataclass(slots=True, eq=False)
class Node:
    """A message in its tree. One without a `row` is left out: what follows it follows its parent.
    `order` is its place among those with the same parent. `before` is what was thought before it,
    the latest first."""

    key: str
    parent: str | None
    row: Row | None
    order: int = 0
    children: list[Node] = field(default_factory=list)
    before: Thoughts | None = None


class Place(NamedTuple):
    """Where a message comes: as which of its versions, hidden with which, after which question."""

    node: Node
    siblings: Sequence[Node]
    hidden_with: str | None
    question: str | None


def lay_out(
    nodes: Sequence[Node], current: str | None, leads: Leads, notes: Counter[str]
) -> list[Row]:
    """Return the messages of a tree in order; `current` is the key of the one shown last.

    `leads` says of which messages it is known that they lead on, whatever the tree says. Raises
    Unusable for one that is too large.
    """
    if len(nodes) > MAX_MESSAGES:
        raise Unusable(TOO_MANY)
    _name_apart(nodes, notes)
    by_key = {node.key: node for node in nodes}
    linked = _linked(nodes, by_key, notes)
    shown = _way_to(by_key, current)
    roots = _questions_first(_without_empty(linked))
    return list(_bounded(_rows(roots, shown, leads, notes)))


def _name_apart(nodes: Sequence[Node], notes: Counter[str]) -> None:
    """Give another key to a node whose key an earlier one has; what follows, follows that."""
    count: Counter[str] = Counter()
    for node in nodes:
        count[node.key] += 1
        if count[node.key] > 1:
            notes[SAME_KEY] += bool(node.row)
            node.key = f"{node.key}\0{count[node.key]}"
            node.row = node.row and replace(node.row, key=node.key)


def _way_to(by_key: Mapping[str, Node], current: str | None) -> set[str]:
    """Return the keys on the way to a message."""
    way: set[str] = set()
    while current in by_key and current not in way:
        way.add(current)  # type: ignore[arg-type]  # it is a key of the mapping
        current = by_key[current].parent  # type: ignore[index]
    return way


def _linked(nodes: Sequence[Node], by_key: Mapping[str, Node], notes: Counter[str]) -> list[Node]:
    """Link nodes with their children; return the roots. A circle is cut before one of its nodes,
    which has no parent then."""
    roots = []
    for node in nodes:
        node.children = []
    for node in nodes:
        parent = by_key.get(node.parent or "")
        if parent is not None and parent is not node:
            parent.children.append(node)
        else:
            notes[ORPHANS] += bool(node.parent and node.row)
            roots.append(node)
    reached = set(_below(roots))
    for node in nodes:
        if node.key not in reached:
            first = _on_circle(node, by_key)
            by_key[first.parent or ""].children.remove(first)
            first.parent = None
            notes[ORPHANS] += 1
            roots.append(first)
            reached.update(_below([first]))
    for node in nodes:
        node.children.sort(key=lambda each: each.order)
    return roots


def _on_circle(node: Node, by_key: Mapping[str, Node]) -> Node:
    """Return the first node of the circle to which this one's predecessors lead."""
    way: set[str] = set()
    while node.key not in way:
        way.add(node.key)
        node = by_key[node.parent or ""]
    return node


def _below(nodes: Iterable[Node]) -> Iterator[str]:
    waiting, seen = list(nodes), set()
    while waiting:
        node = waiting.pop()
        if node.key not in seen:
            seen.add(node.key)
            yield node.key
            waiting += node.children


def _without_empty(roots: Sequence[Node]) -> list[Node]:
    """Return the roots of the tree without what is left out, and without answers that say nothing
    before others go on: their thinking comes before what follows."""
    top = Node("", None, None, children=list(roots))
    _contract(top, lambda node: node.row is None)
    _contract(top, _only_thinks)
    return top.children


def _contract(top: Node, is_left_out: Callable[[Node], bool]) -> None:
    """Give what follows the nodes that are left out to what precedes these."""
    order = list(_in_order(top))
    left_out = {node.key for node in order if node is not top and is_left_out(node)}
    before = {child.key: node for node in order for child in node.children}
    kept: dict[str, Node] = {top.key: top}
    for node in order:
        node.children = []
    for node in order[1:]:
        parent = before[node.key]
        if parent.key in left_out:
            thinking = parent.row.thinking if parent.row else ""
            node.before = (thinking, parent.before) if thinking else parent.before
        kept[node.key] = kept[parent.key] if node.key in left_out else node
        if node.key not in left_out:
            kept[parent.key].children.append(node)


def _only_thinks(node: Node) -> bool:
    if node.row is None or node.row.role == Role.USER or node.row.content:
        return False
    following = [each.row for each in node.children]
    return bool(following) and all(row and row.role == Role.ASSISTANT for row in following)


def _in_order(top: Node) -> Iterator[Node]:
    waiting = [top]
    while waiting:
        yield (node := waiting.pop())
        waiting += reversed(node.children)


def _questions_first(roots: Sequence[Node]) -> list[Node]:
    """Return roots that are all questions: an answer that nothing precedes gets one."""
    questions = [each for each in roots if each.row and each.row.role == Role.USER]
    answers = [each for each in roots if each.row and each.row.role == Role.ASSISTANT]
    if answers:
        first = answers[0].row
        row = Row(
            "\0question", Role.USER, NO_QUESTION, created_at=first.created_at if first else None
        )
        questions.append(Node(row.key, None, row, children=answers))
    return questions


def _rows(
    roots: Sequence[Node], shown: set[str], leads: Leads, notes: Counter[str]
) -> Iterator[Row]:
    waiting = _places(roots, None, None, shown, leads, notes)
    while waiting:
        place = waiting.pop()
        row = _placed(place)
        yield row
        question = row.key if row.role == Role.USER else place.question
        waiting += _places(place.node.children, row.hidden_with, question, shown, leads, notes)


def _placed(place: Place) -> Row:
    row = place.node.row
    assert row is not None, "what is left out is gone by now"
    version = next(i for i, each in enumerate(place.siblings, start=1) if each is place.node)
    return replace(
        row,
        thinking=_thinking(place.node),
        hidden_with=place.hidden_with,
        group=place.siblings[0].key,
        version=version,
        question=None if row.role == Role.USER else place.question,
    )


def _thinking(node: Node) -> str:
    assert node.row is not None
    thoughts, before = [node.row.thinking], node.before
    left = MAX_TEXT - len(node.row.thinking)
    while before and left > 0 and node.row.role == Role.ASSISTANT:
        thoughts.append(before[0])
        left -= len(before[0])
        before = before[1]
    return "\n\n".join(filter(None, reversed(thoughts)))[:MAX_TEXT]


def _places(
    siblings: Sequence[Node],
    hidden_with: str | None,
    question: str | None,
    shown: set[str],
    leads: Leads,
    notes: Counter[str],
) -> list[Place]:
    """Return where versions of one message come: the one that leads on first, so that it is taken
    last, after the others."""
    if not siblings:
        return []
    siblings = _twice_where_mixed(siblings, shown, leads, notes)
    leading = _leading(siblings, shown, leads)
    if len(siblings) > MAX_VERSIONS:
        notes[TOO_MANY_VERSIONS] += len(siblings) - MAX_VERSIONS
        latest = siblings[-MAX_VERSIONS:]
        siblings = latest if leading in latest else [leading, *latest[1:]]
    others = [each for each in reversed(siblings) if each is not leading]
    hidden = [Place(each, siblings, each.key, question) for each in others]
    return [Place(leading, siblings, hidden_with, question), *hidden]


def _leading(siblings: Sequence[Node], shown: set[str], leads: Leads) -> Node:
    for is_leading in (leads, shown.__contains__):
        if found := [each for each in siblings if is_leading(each.key)]:
            return found[-1]
    return siblings[-1]


def _twice_where_mixed(
    siblings: Sequence[Node], shown: set[str], leads: Leads, notes: Counter[str]
) -> list[Node]:
    """Return versions after each of which only questions come, or only answers: where both do, the
    message is there twice, so that each of its versions leads on in one way."""
    result: list[Node] = []
    for node in siblings:
        if len({each.row.role for each in node.children if each.row}) > 1:
            notes[TWICE] += 1
            result.append(_split(node, shown, leads))
        result.append(node)
    return result


def _split(node: Node, shown: set[str], leads: Leads) -> Node:
    """Return another version of a message, with those that follow it and have not the role of the
    one that leads on; the message keeps the rest."""
    leading = _leading(node.children, shown, leads).row
    assert leading is not None and node.row is not None
    others = [each for each in node.children if each.row and each.row.role != leading.role]
    node.children = [each for each in node.children if each.row and each.row.role == leading.role]
    key = f"{node.key}\0again"
    return Node(key, node.parent, replace(node.row, key=key), children=others)


def _bounded(rows: Iterable[Row]) -> Iterator[Row]:
    characters = 0
    for row in rows:
        characters += len(row.content) + len(row.thinking)
        if characters > MAX_CHARACTERS:
            raise Unusable(TOO_LONG)
        yield row
