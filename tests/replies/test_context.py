"""The turns that are sent to a model with a question."""

from __future__ import annotations

import pytest

from app import replies
from app.extensions import db
from app.models import Conversation, Message
from app.providers import Picture, Text, Thinking, Turn
from app.providers.tokens import estimate
from app.providers.turns import FILES, PINNED, PINNED_ANSWER
from app.replies import context, generation, sent_files, staying
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
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 60)
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
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 20)
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
    """Three models answer a question: what the second has said leaves no room for its exchange."""
    key, user = harness.key(conversation), harness.user(cast.olive)
    asks = ("demo", "other", "third")
    monkeypatch.setattr(type(harness.runtime.models), "names", asks)
    first = replies.ask(key, user, "All?", None, asks=asks)["reply"]
    finish(harness, harness.message_key(first), "x" * 210)
    pin(harness, cast, first)
    generation.start_next(key)
    finish(harness, harness.later.pop()[1][0], "y" * 300)
    generation.start_next(key)
    _, (third,) = harness.later.pop()
    staying_tokens = estimate(["All?", "x" * 210])
    for room, expected in (
        (staying_tokens + estimate(["y" * 300]), ["All?", "x" * 210, "y" * 300]),
        (staying_tokens, ["x" * 210, "All?"]),
    ):
        monkeypatch.setattr(staying, "CONTEXT_TOKENS", room)
        sent = harness.database.read(lambda: turns_before(db.session.get_one(Message, third)))
        assert [turn.content for turn in sent.turns] == expected
        assert sent.refusal is None and sent.tokens <= room


def finish(harness: Harness, key: int, text: str) -> None:
    """Let an answer end that has not begun to be written."""
    harness.later.clear()
    answer = harness.prepare(key)
    generation.add_event(answer, Text(text))
    answer.end(generation.Status.COMPLETE)
    harness.flush()


def test_all_that_is_pinned_is_sent_and_the_older_turns_are_left_out_for_it(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["a" * 90_000, "b" * 300, "c" * 300]
    for text in texts:
        harness.answered(conversation, cast.olive, Text(text))
    shown = harness.database.messages(conversation)
    pin(harness, cast, *(each.id for each in shown if each.role == "assistant"))
    room = estimate(["4?", *texts])
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", room)
    reply = harness.ask(conversation, cast.olive, "4?")
    assert turns_for(harness, reply) == [("user", each) for each in (*texts, "4?")]


def test_a_question_is_refused_where_what_stays_leaves_no_room_for_it(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not stored, whichever way it is asked; after unpinning it is answered."""
    answer = harness.answered(conversation, cast.max, Text("x" * 3_000)).public_id
    question = harness.database.messages(conversation)[0].id
    pin(harness, cast, answer)
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 900)
    max_ = harness.reader(cast.max, conversation)
    before = harness.database.messages(conversation)
    sentence = (
        "Demo has no room for this: what is pinned has about 1,012 tokens, and it reads 900 at"
        " most. Unpin something, or ask a model that reads more."
    )
    here = {"conversation": conversation}
    refused = [max_.ask("send", here | {"content": "Why?"})]
    refused.append(max_.ask("send", here | {"content": "Both?", "asks": ["other", "demo"]}))
    assert [each["error"] for each in refused] == ["too_large", "too_large"]
    assert refused[0]["message"] == sentence
    browser = Browser(harness.app).signed_in(cast.max)
    page = browser.post(f"/conversations/{conversation}/messages", content="Keep this text")
    assert page.status_code == 413 and sentence in page.text and "Keep this text" in page.text
    assert harness.database.messages(conversation) == before
    assert max_.ask("send", here | {"content": "To all", "asks": []})["id"], "it asks nobody"
    edited = max_.ask("edit", {"id": question, "content": "Why?"})
    assert edited["reply"], "what is pinned is hidden with what it answered"
    max_.ask("choose", {"id": edited["id"], "version": 1})
    harness.later.clear()
    replies.pin(harness.message_key(shown_answer(harness, conversation)), 1, on=False)
    assert max_.ask("send", here | {"content": "Now?"})["id"]


def shown_answer(harness: Harness, conversation: str) -> str:
    messages = harness.database.messages(conversation)
    return next(each.id for each in messages if each.role == "assistant")


def test_a_question_that_is_too_long_by_itself_is_for_its_model_to_refuse(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(harness, cast, harness.answered(conversation, cast.olive, Text("1")).public_id)
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 100)
    long = "x" * 600
    asked = harness.ask(conversation, cast.olive, long)
    assert turns_for(harness, asked) == [("user", "1"), ("user", long)]


def test_an_answer_whose_turn_comes_when_there_is_no_room_any_more_fails_with_the_sentence(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was pinned, or the system prompt, may have changed since; its model is not asked."""
    asked = harness.script(Text("Never."))
    reply = harness.ask(conversation, cast.olive, "Why?")
    key = harness.key(conversation)

    def instruct() -> None:
        db.session.get_one(Conversation, key).system_prompt = "p" * 3_000

    harness.database.write(instruct)
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 900)
    generate(harness, reply)
    answer = harness.database.message(reply)
    assert (answer.status, answer.content) == ("failed", "")
    assert answer.error == (
        "Demo has no room for this: the system prompt has about 1,012 tokens, and it reads 900 at"
        " most. Shorten it in the conversation's options, or ask a model that reads more."
    )
    assert asked.heard == []
    retried = harness.reader(cast.olive).ask("retry", {"id": reply})
    assert retried["error"] == "too_large" and retried["message"] == answer.error


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
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 60)
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
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 1_000)
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
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 100)
    reply = harness.ask(conversation, cast.olive, "Why?")
    kept, asked = full_turns(harness, reply)
    finish(harness, harness.message_key(reply), "1")
    files = f'<file name="a.txt">\n{"y" * 30}\n</file>\n\n<file name="b.txt">\n{NO_TEXT}\n</file>'
    assert (kept.preface, kept.content, asked.content) == (FILES, files, "Why?")
    socket = harness.reader(cast.olive)
    assert socket.ask("pin", {"id": question})["ok"]
    kept, *_ = full_turns(harness, harness.ask(conversation, cast.olive, "Why?"))
    assert (kept.preface, kept.content) == (PINNED, f"And?\n\n{files}")


def test_of_each_file_the_beginning_is_sent_and_of_the_newest_what_fits(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive = harness.user(cast.olive)
    monkeypatch.setattr(sent_files, "LEAST_TOKENS", 10)
    monkeypatch.setattr(sent_files, "TOKENS_PER_MESSAGE", 0)
    ask = harness.ask(conversation, cast.olive, "See?")
    question = harness.database.messages(conversation)[0].id
    for name in ("old", "new"):
        more = text(name * 100) | {"is_cut": name == "new", "tokens": 60}
        add_file(harness.database, olive, question, name=name, kind="text", **more)
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 113)  # of which 100 are left, and 70 for files
    [turn] = full_turns(harness, ask)
    old, new = turn.content.split("\n\n")[1:]
    assert new == f'<file name="new">\n{"new" * 60}\n</file>\n{CUT}'
    assert old == f'<file name="old">\n{"old" * 10}\n</file>\n{CUT}'
    add_file(harness.database, olive, question, tokens=60)
    [turn] = full_turns(harness, ask)
    assert '<picture name="a.png" />' in turn.content and LEFT_OUT not in turn.content
    assert f'<file name="new">\n{"new" * 10}\n</file>\n{CUT}' in turn.content
    assert [picture.data for picture in turn.pictures] == [b"seen"], "it takes more than the share"


def test_a_question_is_refused_where_there_is_no_room_for_the_files(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of the question itself, and those before it; a model that does not see needs none
    for a picture."""
    harness.answered(conversation, cast.olive)
    olive, question = harness.user(cast.olive), harness.database.messages(conversation)[0].id
    add_file(harness.database, olive, question, name="a.txt", kind="text", **text("y" * 30))
    sent = add_file(harness.database, olive, tokens=2_000)
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 2_000)
    reader, before = harness.reader(cast.olive), harness.database.messages(conversation)
    payload = {"conversation": conversation, "content": "See?", "files": [sent]}
    refused = reader.ask("send", payload)
    assert refused["error"] == "too_large"
    assert refused["message"] == (
        "Demo has no room for this: the files here need at least about 2,046 tokens, and it reads"
        " 2,000 at most. Edit the questions that have them, and remove some, or ask a model that"
        " reads more."
    )
    assert harness.database.messages(conversation) == before
    monkeypatch.setattr(type(harness.runtime.models), "sees", lambda *_: False)
    assert reader.ask("send", payload)["id"], "the upload is still there"


def test_of_pictures_the_newest_ones_are_sent(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    ask = harness.ask(conversation, cast.olive, "See?")
    question = harness.database.messages(conversation)[0].id
    for number in range(sent_files.MAX_PICTURES + 1):
        add_file(harness.database, harness.user(cast.olive), question, name=f"{number}.png")
    [turn] = full_turns(harness, ask)
    assert turn.content.count(LEFT_OUT) == 1
    assert f'<picture name="0.png" />\n{LEFT_OUT}' in turn.content
    assert len(turn.pictures) == sent_files.MAX_PICTURES


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
    monkeypatch.setattr(staying, "CONTEXT_TOKENS", 9_000)
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
    seen = harness.database.read(lambda: refusal_of(harness.message_key(ask)))
    assert seen and "10,000,012 tokens" in seen
    monkeypatch.setattr(type(harness.runtime.models), "sees", lambda *_: False)
    assert harness.database.read(lambda: refusal_of(harness.message_key(ask))) is None
    assert len(full_turns(harness, ask)[0].pictures) == 1, "another model may answer in its place"


def refusal_of(key: int) -> str | None:
    return turns_before(db.session.get_one(Message, key)).refusal


def full_turns(harness: Harness, reply: str) -> list[Turn]:
    """Return the turns for an answer, with all that belongs to them."""
    key = harness.message_key(reply)
    turns = harness.database.read(lambda: turns_before(db.session.get_one(Message, key)).turns)
    return with_pictures(turns)


def text(content: str) -> dict[str, object]:
    """Return the fields of a file with this text."""
    return {"text": content, "tokens": estimate([content])}
