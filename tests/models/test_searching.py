"""Somebody finds their conversations by what their titles and messages say."""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from app import commands, create_app
from app.config import Config
from app.errors import Unavailable
from app.extensions import db
from app.models import Conversation, Message, Role, SearchText, Status, searching
from app.models.listing import PAGE_CONVERSATIONS, Listing
from app.models.paging import PAGE_MESSAGES
from app.models.search_text import FLOOD, INDEXED_LENGTH, fold
from app.models.searching import Hit, Results, search, words_of
from app.providers import Text
from tests.support.cast import Cast, Person, create_cast
from tests.support.harness import Harness

CASES = Path(__file__).with_name("search_cases.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An app on each database, with nothing in it."""
    is_sqlite = request.param == "sqlite"
    url = request.getfixturevalue("database_url" if is_sqlite else "migrated_postgres")
    app = create_app(Config("a key for tests", database_url=url, models=("demo",)))
    commands.register(app)
    yield app
    with app.app_context():
        db.session.remove()
        if request.param == "postgres":
            with db.engine.begin() as connection:
                connection.execute(text("TRUNCATE user_account, conversation CASCADE"))
        db.engine.dispose()


@pytest.fixture
def cast(app: Flask) -> Cast:
    with app.app_context():
        return create_cast()


def found(harness: Harness, person: Person, query: str, before: str | None = None) -> list[str]:
    """Return the titles of the conversations that somebody finds."""
    results = search(harness.user(person), query, before)
    return [each.conversation.title for each in results.listing.conversations]


def hit(harness: Harness, person: Person, query: str) -> Hit:
    """Return the only hit."""
    [only] = search(harness.user(person), query).hits.values()
    return only


def shown(hit: Hit) -> str:
    """Return a snippet with its hits in brackets."""
    return "".join(f"[{part.text}]" if part.is_hit else part.text for part in hit.snippet)


def say(harness: Harness, person: Person, *texts: str, title: str = "Tests") -> str:
    """Store a conversation with these questions, and return its id."""
    where = harness.database.conversation(person, title=title)
    key = harness.key(where)

    def work() -> None:
        conversation = db.session.get_one(Conversation, key)
        for content in texts:
            Message.add(conversation, Role.USER, content, seq=1)

    harness.database.write(work)
    return where


@pytest.fixture
def talk(harness: Harness, cast: Cast) -> str:
    """A conversation of Olive's, of another title than what is said in it."""
    return say(harness, cast.olive, "Why does 100% rye not rise?\n\nIt did.", title="On bread")


def test_all_words_are_in_the_title_or_in_one_message(
    harness: Harness, cast: Cast, conversation: str, talk: str
) -> None:
    titles = ["bread", "BREAD", "on bre", "bread bread"]
    messages = ["rye", "100% rye", "does", "rise? why", "y", "is", '"rye not"']
    missing = ["wheat", "bread rye", '"not rye"', "z", "q rye", "rye bread"]
    for query in [*titles, *messages]:
        assert found(harness, cast.olive, query) == ["On bread"], query
    for query in missing:
        assert found(harness, cast.olive, query) == [], query


def test_signs_stand_for_themselves(
    harness: Harness, cast: Cast, conversation: str, talk: str
) -> None:
    for query in [
        "100%%",
        "r_e",
        "rye\\",
        "bread\0x",
        '"rye',
        "ry*",
        "rye OR bread",
        "\0",
        '"\0"',
        " ",
    ]:
        assert found(harness, cast.olive, query) == [], query


def test_words_and_phrases_of_a_query() -> None:
    assert words_of('Rye  "in The oven" RYE "" x"y') == ["rye", "in the oven", '""', 'x"y']


def test_case_and_composition_make_no_difference(harness: Harness, cast: Cast) -> None:
    for case in map(json.loads, CASES):
        said = case["said"]
        sought = case["sought"].removesuffix(" (NFC)")  # this names the form of the word before it
        say(harness, cast.olive, f"He said {said}", title="Said")
        say(harness, cast.olive, title=said)
        assert found(harness, cast.olive, sought) == [said, "Said"]
        [marked] = [
            part for part in hit(harness, cast.olive, f"{sought} he").snippet if part.is_hit
        ][1:]
        assert fold(marked.text) == fold(sought)


SCRIPTS = [
    ("東京タワーは高い", "東京", "[東京]タワーは高い"),
    ("東京タワーは高い", "タワー 高い", "東京[タワー]は[高い]"),
    ("ﾀﾜｰ and ﬁne", "タワー fine", "[ﾀﾜｰ] and [ﬁne]"),
    ("Пример of שלום and مرحبا", "שלום пример مرحبا", "[Пример] of [שלום] and [مرحبا]"),
    ("Die Straße", "STRASSE", "Die [Straße]"),
    ("Cafe\u0301 au lait", "café", "[Cafe\u0301] au lait"),
    ("👩‍👩‍👧 family", "👩‍👩‍👧", "[👩‍👩‍👧] family"),
    ("a % b _ c", "% _", "a [%] b [_] c"),
    ("a  b\u3000\u2003c d", '"b  c " d', "a [b c] [d]"),
]


def test_words_of_every_script_are_found_and_marked(harness: Harness, cast: Cast) -> None:
    for said, query, marked in SCRIPTS:
        where = say(harness, cast.olive, said)
        hits = search(harness.user(cast.olive), query).hits
        assert shown(hits[harness.key(where)]) == marked


def test_a_flood_of_combining_marks_is_folded_at_once() -> None:
    """By the square of their number it would take minutes, in the transaction that stores it."""
    for marks in ["\u0345\u0300\u0327\u0334", "\u0f73\u0300", "\uff9e\u0334"]:
        assert len(fold("a" + marks * 100_000)) < 200
    descending = "".join(mark * 50_000 for mark in "\u0345\u035d\u0300\u0316\u0327\u0334")
    assert fold(f"a{descending} b") == fold("a" + descending[:30]) + " b"


def test_only_marks_become_combining_marks() -> None:
    """No other character can be part of a flood of them."""
    for code in {*range(sys.maxunicode)} - {*range(0xD800, 0xE000)}:
        first = unicodedata.normalize("NFKD", chr(code))[0]
        assert not unicodedata.combining(first) or FLOOD.fullmatch(chr(code) * 31), hex(code)


def test_the_marks_of_every_script_are_found(harness: Harness, cast: Cast) -> None:
    for said in ["เป็นที่รักยิ่ง", "مُحَمَّدٌ رَسُولُ", "שָׁלוֹם", "हिन्दी क्षत्रिय", "Z̷̡̛͎a̸͓͝l̶̨̕g̵̰̈o̷̢̿"]:
        say(harness, cast.olive, f"It said {said}.", title="Said")
        assert "Said" in found(harness, cast.olive, said[2:])


def test_a_long_text_shows_what_is_around_the_first_hit(harness: Harness, cast: Cast) -> None:
    lead, trail = "lorem ipsum " * 2000, " dolor" * 2000
    say(harness, cast.olive, f"{lead}Here it\nis{trail}")
    around = shown(hit(harness, cast.olive, "here is"))
    assert "lorem ipsum [Here] it [is] dolor" in around
    assert around.startswith("…") and around.endswith("…") and len(around) < 250


def test_a_hit_after_text_of_another_length_has_a_snippet(harness: Harness, cast: Cast) -> None:
    for number, before in enumerate(["é", "e\u0301", "ﷺ", "각", "\u1100\u1161\u11a8"]):
        say(harness, cast.olive, f"{before * 900} Needle{number} {'x ' * 3000}")
        assert f"[needle{number}]" in shown(hit(harness, cast.olive, f"needle{number}")).casefold()


@pytest.mark.parametrize(
    ("query", "shown_as"),
    [
        ("week", "The [week] begins: if is_[week](): pass. See the docs."),
        ("docs", "The week begins: if is_week(): pass. See the [docs]."),
        # what the marks hide is shown with them
        ("example.org", "…is_week(): pass. ``` See [the docs](https://[example.org])."),
        (
            "**week**",
            "The [**week**] begins: ```python if is_week(): pass. ``` See [the docs](https://example.org).",
        ),
    ],
)
def test_a_snippet_has_no_marks_of_markdown(
    harness: Harness, cast: Cast, query: str, shown_as: str
) -> None:
    code = "```python\nif is_week(): pass.\n```"
    text = f"The **week** begins:\n{code}\nSee [the docs](https://example.org)."
    say(harness, cast.olive, text)
    assert shown(hit(harness, cast.olive, query)) == shown_as


def test_only_the_beginning_of_a_very_long_text_is_found(harness: Harness, cast: Cast) -> None:
    say(harness, cast.olive, "a " * (INDEXED_LENGTH // 2 - 10) + "early" + " a" * 100 + "late")
    assert "[early]" in shown(hit(harness, cast.olive, "early"))
    assert found(harness, cast.olive, "late") == []


def test_a_title_alone_has_no_message(harness: Harness, cast: Cast, talk: str) -> None:
    only = hit(harness, cast.olive, "BREAD")
    assert (only.message_id, only.before, only.snippet) == (None, None, ())
    assert [(part.text, part.is_hit) for part in only.title] == [("On ", False), ("bread", True)]


def test_a_hit_in_an_earlier_message_selects_a_page_that_has_it(
    harness: Harness, cast: Cast
) -> None:
    """The page continues after the message, as far as it fits."""
    small = [f"No. {number}." for number in range(1, PAGE_MESSAGES + 20)]
    say(harness, cast.olive, *small, title="Small")
    assert hit(harness, cast.olive, "1.").before == 11
    assert hit(harness, cast.olive, f"{PAGE_MESSAGES}.").before is None
    large = [f"Big {number}. {'x' * 100_000}" for number in range(5)]
    say(harness, cast.olive, *large, title="Large")
    assert hit(harness, cast.olive, '"big 0."').before == 3
    assert hit(harness, cast.olive, '"big 3."').before is None


def test_nobody_finds_what_is_somebody_elses(
    harness: Harness, cast: Cast, conversation: str, talk: str
) -> None:
    assert found(harness, cast.eve, "rye") == []
    assert found(harness, cast.max, "bread") == []
    assert found(harness, cast.max, "tests") == ["Tests"]
    assert found(harness, cast.rex, "tests") == [], "he was removed"


def test_an_answer_is_found_once_it_has_ended(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("Because of "), Text("the gluten."))
    assert hit(harness, cast.max, "of the GLUTEN").message_id == answer.public_id


def test_a_title_from_a_question_replaces_the_first_one(harness: Harness, cast: Cast) -> None:
    where = harness.database.conversation(cast.olive, title="New conversation")
    assert found(harness, cast.olive, "new conv") == ["New conversation"]
    harness.ask(where, cast.olive, "On yeast")
    assert found(harness, cast.olive, "new conv") == []
    assert found(harness, cast.olive, "yeast") == ["On yeast"]


def test_a_page_at_a_time(harness: Harness, cast: Cast) -> None:
    for number in range(PAGE_CONVERSATIONS + 2):
        harness.database.conversation(cast.eve, title=f"Tea {number}")
        harness.database.conversation(cast.eve, title=f"Coffee {number}")
    eve = harness.user(cast.eve)

    first = found(harness, cast.eve, "tea")
    token = search(eve, "tea").listing.next

    assert len(first) == PAGE_CONVERSATIONS
    assert found(harness, cast.eve, "tea", token) == ["Tea 1", "Tea 0"]


def test_a_search_that_takes_too_long_is_refused(
    harness: Harness, cast: Cast, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(connection: Connection, *_: object) -> None:
        connection.execute(
            text(
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                "SELECT count(*) FROM n"
            )
        )

    with monkeypatch.context() as patch:
        patch.setattr(searching, "_find", endless)
        patch.setattr(searching, "SEARCH_SECONDS", 0.2)
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="Try other words"):
            search(harness.user(cast.olive), "rye")
        assert time.monotonic() - begun < 2
    assert found(harness, cast.olive, "rye") == ["On bread"], "its connection works again"


def test_another_error_of_the_database_is_not_taken_for_the_deadline(
    harness: Harness, cast: Cast, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(searching, "_find", broken)
    with pytest.raises(OperationalError):
        search(harness.user(cast.olive), "rye")


def test_a_conversation_that_is_deleted_meanwhile_is_left_out(
    harness: Harness, cast: Cast, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, key = searching._find, harness.key(talk)

    def delete_after(*args: Any) -> Any:
        results = find(*args)
        gone = db.delete(Conversation).where(Conversation.id == key)
        harness.database.write(lambda: db.session.execute(gone))
        return results

    monkeypatch.setattr(searching, "_find", delete_after)
    assert search(harness.user(cast.olive), "rye") == Results(Listing([], None), {})


def test_hits_that_overlap_are_marked_as_one(harness: Harness, cast: Cast, talk: str) -> None:
    assert "[rise]" in shown(hit(harness, cast.olive, "ris ise"))


def test_a_search_that_waits_too_long_for_others_is_refused(
    harness: Harness, cast: Cast, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "QUEUE_SECONDS", 0.05)
    with searching._slots, searching._slots, pytest.raises(Unavailable, match="Too many"):
        search(harness.user(cast.olive), "rye")


def test_the_index_goes_with_the_text(harness: Harness, cast: Cast, talk: str) -> None:
    def remaining() -> int:
        return db.session.query(SearchText).count()

    key = harness.key(talk)
    assert harness.database.read(remaining) == 2
    harness.database.write(lambda: db.session.delete(db.session.get_one(Conversation, key)))
    assert harness.database.read(remaining) == 0
    if harness.database.read(lambda: db.engine.dialect.name) == "sqlite":
        indexed = text("SELECT count(*) FROM search_index WHERE search_index MATCH 'rye'")
        assert harness.database.read(lambda: db.session.scalar(indexed)) == 0


def test_a_hit_that_is_not_shown_says_so(harness: Harness, cast: Cast, conversation: str) -> None:
    answer = harness.answered(conversation, cast.olive, Text("The old answer."))
    harness.reader(cast.olive).ask("retry", {"id": answer.public_id})

    (hit,) = search(harness.user(cast.olive), "old answer").hits.values()

    assert (hit.message_id, hit.is_hidden, hit.before) == (answer.public_id, True, None)
    assert "".join(part.text for part in hit.snippet) == "The old answer."


def test_a_hit_that_is_shown_comes_before_one_that_is_not(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("Rye."))
    reply = harness.reader(cast.olive).ask("retry", {"id": answer.public_id})["reply"]
    again = harness.prepare(harness.message_key(reply))
    again.add(Text("Rye, too."))
    again.end(Status.COMPLETE)
    harness.flush()

    (hit,) = search(harness.user(cast.olive), "rye").hits.values()

    assert (hit.message_id, hit.is_hidden) == (reply, False)


def test_where_a_page_ends_only_what_is_shown_counts(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    olive = harness.reader(cast.olive)
    answer = harness.answered(conversation, cast.olive, Text("Rye."))
    olive.ask("edit", {"id": harness.database.messages(conversation)[0].id, "content": "Oats?"})
    olive.ask("choose", {"id": harness.database.messages(conversation)[0].id, "version": 1})
    (hit,) = search(harness.user(cast.olive), "rye").hits.values()
    assert hit.message_id == harness.database.messages(conversation)[-1].id != answer.public_id
    assert hit.before is None
