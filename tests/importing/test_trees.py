"""Whatever a tree is like, each message comes once, and every one can be shown."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.database import read, write
from app.extensions import db
from app.importing.parsed import Row
from app.importing.tree import MAX_MESSAGES, NO_QUESTION, Node, lay_out
from app.importing.values import MAX_TEXT
from app.models import Conversation, Message, versions
from app.models.message import Role
from app.models.versions import MAX_VERSIONS
from tests.importing import examples
from tests.importing.conftest import Imports
from tests.support.cast import Cast

NUMBERS = count(1)
KEYS = [f"n{number}" for number in range(9)]
NODES = st.lists(
    st.tuples(
        st.sampled_from(KEYS),
        st.sampled_from([None, *KEYS, "missing"]),
        st.sampled_from(["user", "assistant", "system", "thoughts", None]),
    ),
    min_size=1,
    max_size=9,
    unique_by=lambda node: node[0],
)


def node(own: str, parent: str | None, kind: str | None) -> dict[str, Any]:
    if kind == "thoughts":
        thoughts = {"thoughts": [{"content": f"about {own}"}]}
        return examples.gpt_node(own, parent, [], "assistant", kind="thoughts", content=thoughts)
    return examples.gpt_node(own, parent, [], kind, own)


@pytest.mark.timeout(600)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(nodes=NODES, current=st.sampled_from(KEYS))
def test_every_message_of_any_tree_can_be_shown(
    imports: Imports, cast: Cast, nodes: list[Any], current: str
) -> None:
    title = f"Tree {next(NUMBERS)}"
    found = examples.gpt(*(node(*each) for each in nodes), current=current)
    report = imports.these(cast.olive, found | {"title": title, "conversation_id": title})

    said = {own for own, _, kind in nodes if kind in ("user", "assistant")}
    thought = {own for own, _, kind in nodes if kind == "thoughts"}
    if report["skipped_count"]:
        assert not said | thought
        return
    stored = imports.stored(title)
    assert said == {each.content for each in stored} - {"", NO_QUESTION}
    thinking = "\n".join(each.thinking for each in stored)
    assert all(f"about {own}" in thinking for own in thought)
    if current in said:
        assert current in imports.shown(title)
    for each in stored:
        write(lambda key=each.id: show(key))
        assert each.id in read(lambda: shown_keys(title))
    assert report["messages"] == len(stored)


def show(key: int) -> None:
    message = db.session.get_one(Message, key)
    if message.hidden_with is not None:
        versions.show(message.conversation.lock(), message)
    assert message.role == Role.USER or message.question_id is not None


def shown_keys(title: str) -> list[int]:
    here = select(Message.id).join(Conversation, Conversation.id == Message.conversation_id)
    return list(db.session.scalars(here.where(Conversation.title == title, Message.is_shown())))


def test_a_circle_is_cut(imports: Imports, cast: Cast) -> None:
    report = imports.these(
        cast.olive,
        examples.gpt(
            examples.gpt_node("a", "c", [], "user", "1"),
            examples.gpt_node("b", "a", [], "assistant", "2"),
            examples.gpt_node("c", "b", [], "user", "3"),
            examples.gpt_node("self", "self", [], "user", "4"),
            current="c",
        ),
    )
    assert sorted(each.content for each in imports.messages("Bees")) == ["1", "2", "3", "4"]
    assert imports.shown("Bees") == ["1", "2", "3"]
    assert any("predecessor is missing" in note for note in report["notes"])


def test_what_follows_a_circle_is_shown_after_it(imports: Imports, cast: Cast) -> None:
    follows = examples.gpt_node("d", "a", [], "user", "1")
    circle = (examples.gpt_node(own, to, [], "user", to) for own, to in ("ab", "ba"))
    imports.these(cast.olive, examples.gpt(follows, *circle, current="d"))
    assert imports.shown("Bees") == ["b", "1"]


def test_an_answer_without_a_question_gets_one(imports: Imports, cast: Cast) -> None:
    greeting = examples.gpt_node("a", None, [], "assistant", "Hello!")
    imports.these(cast.olive, examples.gpt(greeting, current="a"))
    assert imports.shown("Bees") == [NO_QUESTION, "Hello!"]


def test_a_message_that_a_question_and_an_answer_follow_is_there_twice(
    imports: Imports, cast: Cast
) -> None:
    imports.these(
        cast.olive,
        examples.gpt(
            examples.gpt_node("q", None, ["a", "r"], "user", "Q"),
            examples.gpt_node("a", "q", [], "assistant", "A"),
            examples.gpt_node("r", "q", [], "user", "R"),
            current="a",
        ),
    )
    found = [(each.content, each.shown, each.version) for each in imports.messages("Bees")]
    assert found == [("Q", False, 1), ("R", False, 1), ("Q", True, 2), ("A", True, 1)]


def test_a_message_has_no_more_versions_than_elsewhere(imports: Imports, cast: Cast) -> None:
    answers = [examples.gpt_node(f"a{at}", "q", [], "assistant", f"{at}") for at in range(60)]
    question = examples.gpt_node("q", None, [each["id"] for each in answers], "user", "Q")
    report = imports.these(cast.olive, examples.gpt(question, *answers, current="a0"))
    assert imports.shown("Bees") == ["Q", "0"]
    assert report["messages"] == 1 + MAX_VERSIONS
    assert report["notes"] == {f"versions of a message beyond {MAX_VERSIONS}": 10}


@pytest.mark.timeout(600)  # seconds, where the machine has other things to do
def test_100_000_messages_in_a_row_are_laid_out() -> None:
    notes: Counter[str] = Counter()
    roles = (Role.USER, Role.ASSISTANT)
    nodes = [
        Node(f"{at}", f"{at - 1}" if at else None, Row(f"{at}", roles[at % 2], "x"))
        for at in range(MAX_MESSAGES)
    ]
    rows = lay_out(nodes, None, lambda _key: False, notes)
    assert [row.key for row in rows] == [f"{at}" for at in range(MAX_MESSAGES)]
    assert all(row.hidden_with is None for row in rows)
    assert notes.total() == 0


@pytest.mark.timeout(600)
def test_100_000_thoughts_in_a_row_come_before_one_answer() -> None:
    thoughts = [
        Node(f"{at}", f"{at - 1}", Row(f"{at}", Role.ASSISTANT, "", thinking="x" * 20))
        for at in range(1, MAX_MESSAGES - 1)
    ]
    first = Node("0", None, Row("0", Role.USER, "?"))
    last = Node("last", thoughts[-1].key, Row("last", Role.ASSISTANT, "!"))
    rows = lay_out([first, *thoughts, last], None, lambda _key: False, Counter())
    assert [row.content for row in rows] == ["?", "!"]
    assert len(rows[1].thinking) == MAX_TEXT
