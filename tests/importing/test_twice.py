"""Importing twice doubles nothing: what is new is added, what was changed here is left alone."""

from __future__ import annotations

from typing import Any

from app.database import write
from app.extensions import db
from app.importing import run, storing
from app.importing.formats import claude
from app.importing.planning import Outcome, Plan
from app.jobs.running import importer_for
from app.models import Conversation, Message
from app.models.columns import now
from tests.importing import examples
from tests.importing.conftest import Imports
from tests.support.cast import Cast

CHANGED = "It was imported before, and changed since"


def river(**more: Any) -> dict[str, Any]:
    """Return the conversation about rivers, with more messages at its end."""
    found = examples.rivers()
    found["chat_messages"] += [
        {"uuid": own, "sender": "human" if own[0] == "q" else "assistant", "text": text}
        for own, text in more.items()
    ]
    return found


def test_the_same_file_again_changes_nothing(imports: Imports, cast: Cast) -> None:
    everything = [examples.bees(), examples.rivers(), examples.tea(), examples.stars()]
    first = imports.these(cast.olive, *everything)
    before = [imports.messages(title) for title in imports.conversations(cast.olive)]
    again = imports.these(cast.olive, *everything)
    assert first["outcomes"] == {"added": 4} and again["outcomes"] == {"unchanged": 4}
    assert [imports.messages(title) for title in imports.conversations(cast.olive)] == before


def test_a_preview_stores_nothing(imports: Imports, cast: Cast) -> None:
    report = imports.these(cast.olive, examples.bees(), is_preview=True)
    assert report["outcomes"] == {"added": 1} and report["messages"] == 7
    assert imports.conversations(cast.olive) == []


def test_somebody_else_imports_for_themselves(imports: Imports, cast: Cast) -> None:
    imports.these(cast.olive, examples.bees())
    imports.these(cast.max, examples.bees())
    assert imports.conversations(cast.olive) == imports.conversations(cast.max) == ["Bees"]


def test_what_the_file_has_more_is_added(imports: Imports, cast: Cast) -> None:
    imports.these(cast.olive, river())
    report = imports.these(cast.olive, river(q="And then?", a="They rest."))
    assert report["outcomes"] == {"extended": 1} and report["messages"] == 2
    assert imports.shown("Rivers")[-2:] == ["And then?", "They rest."]
    again = imports.these(cast.olive, river(q="And then?", a="They rest."))
    assert again["outcomes"] == {"unchanged": 1}
    assert imports.stored("Rivers")[-1].question_id == imports.stored("Rivers")[-2].id


def test_another_answer_in_the_file_becomes_another_version(imports: Imports, cast: Cast) -> None:
    tea = examples.tea()
    messages = tea["chat"]["history"]["messages"]
    newest = messages.pop("w2")
    messages.pop("w4"), messages.pop("w5")
    tea["chat"]["history"]["currentId"] = "w3"
    imports.these(cast.olive, tea)
    assert imports.shown("Tea") == ["Tea?", "No."]

    messages["w2"] = newest
    tea["chat"]["history"]["currentId"] = "w2"
    report = imports.these(cast.olive, tea)
    assert report["outcomes"] == {"extended": 1}
    told = [
        (each.content, each.shown, each.version, each.versions) for each in imports.messages("Tea")
    ]
    assert told == [("Tea?", True, 1, 1), ("No.", True, 1, 2), ("Yes.", False, 2, 2)]


def test_what_was_changed_here_is_left_alone(imports: Imports, cast: Cast) -> None:
    imports.these(cast.olive, river())
    write(lambda: Message.add(conversation("Rivers"), "user", "Mine", author_id=None))  # type: ignore[arg-type]
    report = imports.these(cast.olive, river(q="And then?"))
    assert report["outcomes"] == {} and report["skipped"][0][1].startswith(CHANGED)
    assert imports.shown("Rivers")[-1] == "Mine"
    assert imports.these(cast.olive, river())["outcomes"] == {"unchanged": 1}


def test_what_was_deleted_here_is_imported_again(imports: Imports, cast: Cast) -> None:
    imports.these(cast.olive, river())
    write(lambda: conversation("Rivers").delete())
    assert imports.conversations(cast.olive) == []
    assert imports.these(cast.olive, river())["outcomes"] == {"added": 1}
    assert imports.conversations(cast.olive) == ["Rivers"]


def test_an_import_that_another_one_is_at_is_skipped(imports: Imports, cast: Cast) -> None:
    begin(imports, cast)
    report = imports.these(cast.olive, river())
    assert report["skipped"][0][1].startswith("It is being imported at this moment")


def test_an_import_that_was_never_completed_is_made_anew(imports: Imports, cast: Cast) -> None:
    begin(imports, cast)
    write(lambda: setattr(conversation("Rivers"), "deleted_at", now().replace(year=2025)))
    assert imports.these(cast.olive, river())["outcomes"] == {"added": 1}
    assert imports.conversations(cast.olive) == ["Rivers"]


def test_of_two_at_the_same_moment_one_adds_it(
    imports: Imports, cast: Cast, monkeypatch: Any
) -> None:
    plan = run.plan

    def planned(*args: Any) -> Any:
        found = plan(*args)
        monkeypatch.setattr(run, "plan", plan)
        return found

    def late(*args: Any) -> Any:
        assert imports.these(cast.olive, river())["outcomes"] == {"added": 1}
        return store(*args)

    store = run.store
    monkeypatch.setattr(run, "plan", planned)
    monkeypatch.setattr(run, "store", lambda *args: once(monkeypatch, store, late)(*args))
    report = imports.these(cast.olive, river())
    assert report["skipped"][0][1].startswith("It is being imported at this moment")
    assert imports.conversations(cast.olive) == ["Rivers"]


def test_a_conversation_that_changes_meanwhile_is_left_alone(
    imports: Imports, cast: Cast, monkeypatch: Any
) -> None:
    imports.these(cast.olive, river())
    store = storing.store_rows

    def changed(*args: Any) -> None:
        write(lambda: Message.add(conversation("Rivers"), "user", "Mine", author_id=None))  # type: ignore[arg-type]
        store(*args)

    monkeypatch.setattr(storing, "store_rows", changed)
    report = imports.these(cast.olive, river(q="And then?"))
    assert report["skipped"][0][1].startswith(CHANGED)


def conversation(title: str) -> Conversation:
    found = db.session.scalars(db.select(Conversation).where(Conversation.title == title))
    return found.all()[-1]


def once(monkeypatch: Any, then: Any, now_: Any) -> Any:
    """Return a function to be called now, and let another one be called from then on."""
    monkeypatch.setattr(run, "store", then)
    return now_


def begin(imports: Imports, cast: Cast) -> None:
    """Leave an import of the rivers before its end."""
    parsed = claude.parse(river())
    parsed.key = f"{claude.NAME}\0{parsed.key}"
    importer = importer_for(imports.key(cast.olive), "another", lambda: None)
    todo = Plan(Outcome.ADDED, parsed.layout(lambda _key: False))
    write(lambda: storing._begin(importer, parsed, todo, storing._times(parsed, todo.rows)))
