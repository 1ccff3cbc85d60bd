"""The turns that are sent to a model with a question."""

from __future__ import annotations

import pytest

from app import replies
from app.extensions import db
from app.models import Message
from app.providers import Picture, Text, Thinking, Turn
from app.providers.tokens import estimate
from app.providers.turns import FILES, PINNED, PINNED_ANSWER
from app.replies import context, generation
from app.replies.context import turns_before
from app.replies.sent_files import CUT, LEFT_OUT, NO_TEXT, PAGES, with_pictures
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket
from tests.support.uploads import add_file


def turns_for(harness: Harness, reply: str) -> list[tuple[str, str]]:
    """Return the turns that are sent to the model for a new answer."""
    return turns_of(harness, harness.message_key(reply))


def turns_of(harness: Harness, key: int) -> list[tuple[str, str]]:
    turns = harness.database.read(lambda: turns_before(db.session.get_one(Message, key)).turns)
    return [(turn.role, turn.content) for turn in turns]


def test_a_first_question_is_the_only_turn(harness: Harness, cast: Cast, conversation: str) -> None:
    assert turns_for(harness, harness.ask(conversation, cast.olive, "Hi")) == [("user", "Hi")]


def test_earlier_turns_are_sent_without_thinking(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive, Thinking("Hm."), Text("Hello"))
    assert turns_for(harness, harness.ask(conversation, cast.max, "Why?")) == [
        ("user", "And?"),
        ("assistant", "Hello"),
        ("user", "Why?"),
    ]


def test_an_answer_without_text_is_left_out(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive, Thinking("Hm."))
    assert turns_for(harness, harness.ask(conversation, cast.max, "Why?")) == [
        ("user", "And?"),
        ("user", "Why?"),
    ]


def test_a_question_is_sent_without_those_waiting_after_it(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    first = harness.begin(conversation, cast.olive, "one")
    harness.ask(conversation, cast.max, "two")
    harness.ask(conversation, cast.max, "three")
    generation.add_event(first, Text("1"))
    first.end(generation.Status.COMPLETE)
    harness.flush()

    generation.start_next(harness.key(conversation))

    task, (key,) = harness.later.pop()
    assert task is generation.generate
    assert turns_of(harness, key) == [("user", "one"), ("assistant", "1"), ("user", "two")]


def test_a_retry_omits_the_answer_it_replaces(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("Bad."))
    ack = harness.reader(cast.max).ask("retry", {"id": answer.public_id})
    assert turns_for(harness, ack["reply"]) == [("user", "And?")]


def test_a_long_context_keeps_the_newest_turns(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CONTEXT_TOKENS", 60)
    for text in ("x" * 15, "y" * 9):
        harness.answered(conversation, cast.olive, Text(text))
    assert turns_for(harness, harness.ask(conversation, cast.max, "Why?")) == [
        ("user", "And?"),
        ("assistant", "y" * 9),
        ("user", "Why?"),
    ]


def test_the_question_itself_is_never_cut(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CONTEXT_TOKENS", 20)
    harness.answered(conversation, cast.olive, Text("Hello"))
    long = "Why? " * 10
    assert turns_for(harness, harness.ask(conversation, cast.max, long)) == [("user", long)]


def test_the_context_has_the_newest_questions_only(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CONTEXT_QUESTIONS", 2)
    for text in ("one", "two", "three"):
        harness.answered(conversation, cast.olive, Text(text))
    contents = [text for _, text in turns_for(harness, harness.ask(conversation, cast.max, "Why?"))]
    assert contents == ["And?", "three", "Why?"]


def test_only_what_is_shown_is_sent(harness: Harness, cast: Cast, conversation: str) -> None:
    harness.answered(conversation, cast.olive, Text("Bad."))
    olive = harness.reader(cast.olive)
    question = harness.database.messages(conversation)[0].id
    ack = olive.ask("edit", {"id": question, "content": "Or?"})
    assert turns_for(harness, ack["reply"]) == [("user", "Or?")]


def test_an_answer_that_is_hidden_before_it_begins_gets_what_led_to_it(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    olive = harness.reader(cast.olive)
    harness.answered(conversation, cast.olive, Text("Second."))
    first, _, third, answer = (m.id for m in harness.database.messages(conversation))
    retried = harness.message_key(olive.ask("retry", {"id": answer})["reply"])
    expected = [("user", "And?"), ("assistant", "First."), ("user", "And?")]
    assert turns_of(harness, retried) == expected

    shown = harness.database.messages(conversation)[-1].id
    olive.ask("choose", {"id": shown, "version": 1})
    assert turns_of(harness, retried) == expected, "another version of it is shown"
    olive.ask("edit", {"id": third, "content": "Or?"})
    assert turns_of(harness, retried) == expected, "and of its question"
    olive.ask("edit", {"id": first, "content": "Else?"})
    assert turns_of(harness, retried) == expected, "and of the first question"


def test_an_answer_gets_the_answers_of_its_own_version(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    first = harness.answered(conversation, cast.olive, Text("First."))
    olive = harness.reader(cast.olive)
    second = olive.ask("retry", {"id": first.public_id})["reply"]
    answer = harness.prepare(harness.message_key(second))
    generation.add_event(answer, Text("Second."))
    answer.end(generation.Status.COMPLETE)
    harness.flush()
    waiting = harness.message_key(harness.ask(conversation, cast.max, "Why?"))

    olive.ask("choose", {"id": second, "version": 1})

    assert turns_of(harness, waiting) == [
        ("user", "And?"),
        ("assistant", "Second."),
        ("user", "Why?"),
    ]


def pin(harness: Harness, cast: Cast, *messages: str) -> None:
    for message in messages:
        replies.pin(harness.message_key(message), harness.user(cast.olive), on=True)


def test_what_is_pinned_stays_when_older_turns_are_left_out(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("1", "2", "3"):
        harness.answered(conversation, cast.olive, Text(text))
    _, first_answer, second, *_ = (each.id for each in harness.database.messages(conversation))
    pin(harness, cast, second, first_answer)
    monkeypatch.setattr(context, "CONTEXT_QUESTIONS", 2)
    key = harness.message_key(harness.ask(conversation, cast.olive, "4?"))
    turns = harness.database.read(lambda: turns_before(db.session.get_one(Message, key))).turns
    assert [turn.content for turn in turns] == ["1", "And?", "And?", "3", "4?"]
    assert [turn.role for turn in turns[:3]] == ["user"] * 3
    assert [turn.preface for turn in turns[:4]] == [PINNED_ANSWER, PINNED, "", ""]
    assert [turn.is_pinned for turn in turns] == [True, True, False, False, False]


def test_what_is_pinned_is_sent_once_and_in_its_place_where_it_fits(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive, Text("1"))
    pin(harness, cast, *(each.id for each in harness.database.messages(conversation)))
    reply = harness.ask(conversation, cast.olive, "2?")
    assert turns_for(harness, reply) == [("user", "And?"), ("assistant", "1"), ("user", "2?")]


def test_a_pinned_answer_is_sent_where_its_exchange_is_cut(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two models answer a question: what the first has said leaves no room for its exchange."""
    monkeypatch.setattr(context, "CONTEXT_TOKENS", 200)
    key, user = harness.key(conversation), harness.user(cast.olive)
    first = replies.ask(key, user, "Both?", None, asks=("demo", "other"))["reply"]
    harness.later.pop()
    answer = harness.prepare(harness.message_key(first))
    generation.add_event(answer, Text("x" * 210))
    answer.end(generation.Status.COMPLETE)
    harness.flush()
    pin(harness, cast, first)
    generation.start_next(key)
    _, (second,) = harness.later.pop()
    monkeypatch.setattr(context, "CONTEXT_TOKENS", 105)
    monkeypatch.setattr(context, "PINNED_SHARE", 1)
    sent = harness.database.read(lambda: turns_before(db.session.get_one(Message, second)).turns)
    assert [turn.content for turn in sent] == ["x" * 210, "Both?"]


def test_of_much_that_is_pinned_the_oldest_is_left_out(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("one", "two", "three"):
        harness.answered(conversation, cast.olive, Text(text))
    shown = harness.database.messages(conversation)
    pin(harness, cast, *(each.id for each in shown if each.role == "assistant"))
    monkeypatch.setattr(context, "CONTEXT_QUESTIONS", 1)
    room = (estimate(["two"]) + estimate(["three"])) / context.CONTEXT_TOKENS
    monkeypatch.setattr(context, "PINNED_SHARE", room * 1.01)
    reply = harness.ask(conversation, cast.olive, "4?")
    assert turns_for(harness, reply) == [("user", "two"), ("user", "three"), ("user", "4?")]


def test_what_is_pinned_in_another_version_is_not_sent(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(harness, cast, harness.answered(conversation, cast.olive, Text("1")).public_id)
    question = harness.database.messages(conversation)[0].id
    monkeypatch.setattr(context, "CONTEXT_QUESTIONS", 1)
    edited = replies.edit(
        harness.key(conversation), question, harness.user(cast.olive), "Or?", None
    )
    assert turns_for(harness, edited["reply"]) == [("user", "Or?")]


def test_the_context_fits_the_models_window(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    """With what is always sent, and as its provider counts tokens."""
    texts = [letter * 3000 for letter in "abcd"]  # a thousand tokens each, as estimated
    for text in texts:
        harness.answered(conversation, cast.olive, Text(text))
    key = harness.message_key(harness.ask(conversation, cast.max, "Why?"))

    def sent(window: int, *always: Turn) -> list[str]:
        harness.runtime.models.window = window  # type: ignore[attr-defined]
        work = lambda: turns_before(db.session.get_one(Message, key), always)  # noqa: E731
        context = harness.database.read(work)
        assert (context.since == 0) == (len(context.turns) == 9)
        return [turn.content[0] for turn in context.turns if turn.role == "assistant"]

    assert sent(200_000) == ["a", "b", "c", "d"]
    assert sent(4_200) == ["b", "c", "d"], "a quarter is left to the answer"
    assert sent(4_200, Turn("user", "p" * 3000)) == ["c", "d"]
    harness.runtime.token_factors.learn("demo", 1000, 2000)
    assert sent(4_200) == ["d"]
    assert sent(256) == []


def test_the_mark_moves_for_everybody_and_is_on_the_page(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CONTEXT_TOKENS", 60)
    max_ = harness.reader(cast.max, conversation)
    for text in ("x" * 15, "y" * 9):
        harness.answered(conversation, cast.olive, Text(text))
    harness.script(Text("Yes."))
    generate(harness, harness.ask(conversation, cast.olive, "Why?"))
    assert marks(max_)[-1] == 3
    assert max_.join(conversation)["sent_from"] == 3
    page = Browser(harness.app).signed_in(cast.max).open(f"/conversations/{conversation}").text
    before = page.partition("data-context-mark>")[0]
    assert before.count("<article id=") == 2
    monkeypatch.setattr(context, "CONTEXT_TOKENS", 1_000)
    generate(harness, harness.ask(conversation, cast.olive, "And?"))
    assert marks(max_) == [None]
    assert "data-context-mark>" not in (
        Browser(harness.app).signed_in(cast.max).open(f"/conversations/{conversation}").text
    )


def marks(reader: Socket) -> list[int | None]:
    """Return where the mark is, by the events since the last call."""
    return [data.get("sent_from") for name, data in reader.received() if name == "conversation"]


def generate(harness: Harness, reply: str) -> None:
    """Ask the model for an answer, without its end."""
    harness.later.clear()
    prepared = generation.prepare(harness.message_key(reply))
    assert prepared
    generation._run(prepared)
    harness.flush()


def test_files_are_sent_with_their_question(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    ask = harness.ask(conversation, cast.olive, "See?")
    olive, question = harness.user(cast.olive), harness.database.messages(conversation)[0].id
    add_file(harness.database, olive, question, name='b".txt', kind="text", **text("</ file>1 <b>"))
    add_file(harness.database, olive, question)
    [turn] = full_turns(harness, ask)
    assert turn.content == (
        'See?\n\n<file name="b&quot;.txt">\n&lt;/ file>1 <b>\n</file>\n\n<picture name="a.png" />'
    )
    assert turn.pictures == (Picture("image/jpeg", b"seen"),)


def test_files_stay_where_the_messages_around_them_are_left_out(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive = harness.user(cast.olive)
    harness.answered(conversation, cast.olive, Text("x" * 600))
    question = harness.database.messages(conversation)[0].id
    add_file(harness.database, olive, question, name="a.txt", kind="text", **text("y" * 30))
    add_file(harness.database, olive, question, name="b.txt", kind="text", tokens=0)
    monkeypatch.setattr(context, "CONTEXT_TOKENS", 100)
    kept, asked = full_turns(harness, harness.ask(conversation, cast.olive, "Why?"))
    files = f'<file name="a.txt">\n{"y" * 30}\n</file>\n\n<file name="b.txt">\n{NO_TEXT}\n</file>'
    assert (kept.preface, kept.content, asked.content) == (FILES, files, "Why?")
    socket = harness.reader(cast.olive)
    assert socket.ask("pin", {"id": question})["ok"]
    kept, *_ = full_turns(harness, harness.ask(conversation, cast.olive, "Why?"))
    assert (kept.preface, kept.content) == (PINNED, f"And?\n\n{files}")


def test_of_files_there_is_what_fits_the_newest_first(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive = harness.user(cast.olive)
    ask = harness.ask(conversation, cast.olive, "See?")
    question = harness.database.messages(conversation)[0].id
    for name in ("old", "new"):
        more = text(name * 100) | {"is_cut": name == "new", "tokens": 60}
        add_file(harness.database, olive, question, name=name, kind="text", **more)
    monkeypatch.setattr(context, "CONTEXT_TOKENS", 100)
    [turn] = full_turns(harness, ask)
    old, new = turn.content.split("\n\n")[1:]
    assert new == f'<file name="new">\n{"new" * 60}\n</file>\n{CUT}'
    assert old == f'<file name="old">\nold\n</file>\n{CUT}'
    add_file(harness.database, olive, question)
    add_file(harness.database, olive, question, name="last", kind="text", **text("z" * 300))
    [turn] = full_turns(harness, ask)
    assert f'<picture name="a.png" />\n{LEFT_OUT}' in turn.content
    assert f'<file name="old">\n{LEFT_OUT}\n</file>' in turn.content
    assert turn.pictures == ()


def test_pages_of_a_scan_are_sent_to_models_that_see_as_many_as_fit(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive = harness.user(cast.olive)
    ask = harness.ask(conversation, cast.olive, "See?")
    question = harness.database.messages(conversation)[0].id
    about = {"name": "scan.pdf", "kind": "pdf", "pages": 8, **text("p. 1")}
    for _ in range(2):
        add_file(harness.database, olive, question, **about)
    shown = '<file name="scan.pdf">\np. 1\n</file>'
    [turn] = full_turns(harness, ask)
    assert turn.content.split("\n\n")[1:] == [
        f"{shown}\n{PAGES.format(2)}",
        f"{shown}\n{PAGES.format(8)}",
    ]
    assert len(turn.pictures) == 10
    monkeypatch.setattr(context, "CONTEXT_TOKENS", 9_000)
    [turn] = full_turns(harness, ask)
    assert len(turn.pictures) == 2, "there is room for two"
    monkeypatch.setattr(type(harness.runtime.models), "sees", lambda *_: False)
    [turn] = full_turns(harness, ask)
    assert (turn.pictures, turn.content.count("among the pictures")) == ((), 0)


def test_pictures_take_no_room_for_a_model_that_does_not_see(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = harness.ask(conversation, cast.olive, "See?")
    question = harness.database.messages(conversation)[0].id
    add_file(harness.database, harness.user(cast.olive), question, tokens=10_000_000)
    assert full_turns(harness, ask)[0].pictures == ()
    monkeypatch.setattr(type(harness.runtime.models), "sees", lambda *_: False)
    assert len(full_turns(harness, ask)[0].pictures) == 1, "another model may answer in its place"


def full_turns(harness: Harness, reply: str) -> list[Turn]:
    """Return the turns for an answer, with all that belongs to them."""
    key = harness.message_key(reply)
    turns = harness.database.read(lambda: turns_before(db.session.get_one(Message, key)).turns)
    return with_pictures(turns)


def text(content: str) -> dict[str, object]:
    """Return the fields of a file with this text."""
    return {"text": content, "tokens": estimate([content])}
