"""Versions of questions and answers: one is shown, and each comes back with what followed it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.errors import Conflict
from app.extensions import db
from app.models import Conversation, Membership, Message, SearchText, questions
from app.models.conversation import UNTITLED
from app.models.listing import listed_in
from app.models.questions import Question
from app.models.sweeping import remove_some
from app.models.versions import MAX_VERSIONS, NO_SUCH_VERSION, TOO_MANY_VERSIONS
from tests.models.conftest import Transact
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.talk import Talk


@pytest.fixture
def talk(harness: Harness, cast: Cast, conversation: str) -> Talk:
    return Talk(harness, cast, conversation)


def test_a_retry_keeps_the_earlier_answer(talk: Talk) -> None:
    talk.ask("One?", "First.")
    talk.retry("Second.")
    talk.retry("Third.")
    assert (talk.shown, talk.numbers) == (["One?", "Third."], ["1/1", "3/3"])

    talk.choose("Third.", 1)
    assert (talk.shown, talk.numbers) == (["One?", "First."], ["1/1", "1/3"])
    talk.choose("First.", 2)
    assert (talk.shown, talk.numbers) == (["One?", "Second."], ["1/1", "2/3"])


def test_what_followed_a_version_comes_back_with_it(talk: Talk) -> None:
    talk.ask("One?", "First.")
    talk.ask("Two?", "Second.")
    talk.edit("One?", "Or?", "Else.")
    talk.ask("Three?", "Third.")

    talk.choose("Or?", 1)
    assert talk.shown == ["One?", "First.", "Two?", "Second."]
    talk.choose("One?", 2)
    assert talk.shown == ["Or?", "Else.", "Three?", "Third."]


def test_what_follows_an_answer_belongs_to_that_version(talk: Talk) -> None:
    talk.ask("One?", "First.")
    talk.retry("Second.")
    talk.ask("Two?", "To the second.")

    talk.choose("Second.", 1)
    assert talk.shown == ["One?", "First."]
    talk.ask("Two?", "To the first.")
    talk.choose("First.", 2)
    assert talk.shown == ["One?", "Second.", "Two?", "To the second."]


def test_versions_within_versions_are_kept(talk: Talk) -> None:
    talk.ask("One?", "First.")
    talk.ask("Two?", "Second.")
    talk.edit("Two?", "Two, then?", "Second, then.")
    talk.edit("One?", "Or?", "Else.")

    talk.choose("Or?", 1)
    assert talk.shown == ["One?", "First.", "Two, then?", "Second, then."]
    assert talk.numbers == ["1/2", "1/1", "2/2", "1/1"]
    talk.choose("Two, then?", 1)
    assert talk.shown == ["One?", "First.", "Two?", "Second."]


def test_a_message_that_is_hidden_in_an_outer_version_can_be_found(talk: Talk) -> None:
    talk.ask("One?", "First.")
    talk.ask("Two?", "Second.")
    talk.ask("Three?", "Third.")
    talk.edit("Two?", "Two, then?", "Second, then.")
    talk.edit("One?", "Or?", "Else.")

    talk.find("Third.")

    assert talk.shown == ["One?", "First.", "Two?", "Second.", "Three?", "Third."]
    talk.choose("Two?", 2)
    assert talk.shown == ["One?", "First.", "Two, then?", "Second, then."]
    talk.choose("One?", 2)
    assert talk.shown == ["Or?", "Else."]


def test_ids_and_positions_are_new_and_follow_one_another(
    talk: Talk, harness: Harness, conversation: str, transact: Transact
) -> None:
    talk.ask("One?", "First.")
    talk.edit("One?", "Or?", "Else.")
    before = {message.id for message in harness.database.messages(conversation)}
    position, revision = transact(lambda c: (c.position, c.revision))

    talk.choose("Or?", 1)

    assert not before & {message.id for message in harness.database.messages(conversation)}
    assert transact(lambda c: [m.position for m in talk._rows]) == [position + 1, position + 2]
    assert transact(lambda c: (c.position, c.revision)) == (position + 2, revision + 1)


def test_choosing_the_version_that_is_shown_changes_nothing(
    talk: Talk, harness: Harness, conversation: str
) -> None:
    talk.ask("One?", "First.")
    talk.retry("Second.")
    before = harness.database.messages(conversation)
    talk.choose("Second.", 2)
    assert harness.database.messages(conversation) == before


def test_choosing_is_nothing_new_to_whoever_has_read_all(
    talk: Talk, harness: Harness, conversation: str
) -> None:
    talk.ask("One?", "First.")
    talk.retry("Second.")
    key, olive, max = (harness.key(conversation), *map(harness.user, (talk.olive, talk.max)))
    end = harness.database.read(lambda: talk._row().position)
    harness.database.write(lambda: Membership.mark_read(key, olive, end))
    harness.database.write(lambda: Membership.mark_read(key, max, end - 1))

    def unread() -> set[int]:
        return {each.membership.user_id for each in listed_in(key) if each.unread}

    assert harness.database.read(unread) == {max}, "precondition"
    talk.choose("Second.", 1)
    assert harness.database.read(unread) == {max}
    talk.retry("Third.")
    assert harness.database.read(unread) == {olive, max}


def test_a_version_that_does_not_exist_is_a_conflict(talk: Talk) -> None:
    talk.ask("One?", "First.")
    for version in (0, 2):
        with pytest.raises(Conflict, match=NO_SUCH_VERSION):
            talk.choose("First.", version)


def test_there_are_not_more_versions_than_allowed(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_VERSIONS == 50
    monkeypatch.setattr("app.models.versions.MAX_VERSIONS", 3)
    talk.ask("One?", "First.")
    talk.retry("Second.")
    talk.retry("Third.")
    for change in (talk.retry, lambda: (talk.choose("Third.", 1), talk.retry())):
        with pytest.raises(Conflict, match=TOO_MANY_VERSIONS):
            change()
    talk.edit("One?", "Or?")
    assert talk.shown == ["Or?", "Yes."]


def test_a_question_that_waited_is_answered_when_its_version_is_chosen(talk: Talk) -> None:
    talk.ask("One?", reply=None)
    talk.harness.ask(talk.conversation, talk.max, "Two?")
    talk.edit("One?", "Or?", "Else.")
    talk.harness.runtime.group_commit.answers.clear()
    assert talk.shown == ["Or?", "Else."]

    talk.choose("Or?", 1)

    assert talk.shown == ["One?", "", "Two?", ""], "the first was stopped; the second streams"
    statuses = [m.status for m in talk.harness.database.messages(talk.conversation)]
    assert statuses.count("streaming") == 1


def test_answers_stay_with_their_questions_where_others_waited(talk: Talk) -> None:
    answer = talk.harness.begin(talk.conversation, talk.olive, "One?")
    talk.harness.ask(talk.conversation, talk.olive, "Two?")
    talk._finish(answer, "First.")
    talk.retry("Second.")  # before the question that waits is answered
    talk.harness.later.clear()
    talk._change(lambda here: questions.answer_next(here) or pytest.fail("nothing waits"))
    assert talk.shown == ["One?", "Two?", "Second.", ""]

    talk.edit("Two?", "Three?")
    assert talk.shown == ["One?", "Second.", "Three?", "Yes."]
    talk.choose("Second.", 1)
    assert talk.shown == ["One?", "First."]
    talk.choose("First.", 2)
    assert talk.shown == ["One?", "Second.", "Three?", "Yes."]


def test_two_answers_may_stream_if_one_is_shown(talk: Talk) -> None:
    talk.ask("One?", "First.")
    talk.retry(reply=None)
    talk.choose("", 1)
    talk.ask("Two?", reply=None)
    assert talk.shown == ["One?", "First.", "Two?", ""]
    talk.choose("First.", 2)
    assert talk.shown == ["One?", ""]


def test_a_title_from_a_question_follows_its_version(talk: Talk, harness: Harness) -> None:
    talk.conversation = harness.database.conversation(talk.olive, title=UNTITLED)
    talk.ask("One?")
    talk.edit("One?", "Or?")
    assert harness.database.read(lambda: talk._row().title) == "Or?"
    talk.choose("Or?", 1)
    assert harness.database.read(lambda: talk._row().title) == "One?"


def test_a_retry_is_written_by_the_model_of_the_earlier_version_or_by_another(
    talk: Talk, harness: Harness, conversation: str
) -> None:
    talk.ask("One?")
    for model, writes in (("other", "other"), (None, "other"), ("demo", "demo")):
        talk.retry(model=model)
        assert harness.database.messages(conversation)[-1].model == writes
    assert harness.database.read(lambda: talk._row().model) == "demo"


def test_a_conversation_with_versions_is_removed_a_few_messages_at_a_time(
    talk: Talk, harness: Harness, transact: Transact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.models.sweeping.MESSAGES_AT_ONCE", 2)
    monkeypatch.setattr("app.models.sweeping._swept", lambda: select(Conversation.id))
    talk.ask("One?")
    talk.ask("Two?")
    talk.edit("One?", "Or?")
    talk.retry()
    count = select(func.count()).select_from(Message)
    key = harness.key(talk.conversation)
    counts = []
    while harness.database.write(lambda: remove_some(key)):
        counts.append(harness.database.read(lambda: db.session.scalars(count).one()))
    assert counts == [5, 3, 1, 0]
    texts = select(func.count()).select_from(SearchText)
    assert harness.database.read(lambda: db.session.scalars(texts).one()) == 0


def several(talk: Talk) -> None:
    """Have a question answered by two models, of which the first was retried in between."""
    harness = talk.harness
    question = Question(harness.user(talk.olive), "Why?", "<p></p>", asks=("demo", "other"))
    begun = talk._change(lambda here: questions.ask(here, question))
    assert begun is not None
    talk._finish(harness.prepare(begun), "So.")
    talk.retry("Or so.")
    begun = talk._change(questions.answer_next)
    assert begun is not None
    talk._finish(harness.prepare(begun), "Not so.")


def test_the_answers_of_other_models_go_and_come_with_the_one_before_them(talk: Talk) -> None:
    several(talk)
    assert talk.shown == ["Why?", "Or so.", "Not so."]
    talk.choose("Or so.", 1)
    assert talk.shown == ["Why?", "So."]
    talk.choose("So.", 2)
    assert talk.shown == ["Why?", "Or so.", "Not so."]
    talk.retry("Perhaps.")
    talk.choose("Perhaps.", 1)
    assert talk.shown == ["Why?", "Or so.", "Not so."], "the one before it stays"


def test_what_was_said_to_everybody_since_an_answer_stays(talk: Talk) -> None:
    talk.ask("Why?", "So.")
    said = Question(talk.harness.user(talk.max), "I see.", "<p></p>", asks=())
    talk._change(lambda here: questions.ask(here, said))
    talk.retry("Or so.")
    assert talk.shown == ["Why?", "I see.", "Or so."]
    talk.choose("Or so.", 1)
    assert talk.shown == ["Why?", "I see.", "So."]
    talk.ask("And?", "Then.")
    talk.choose("So.", 2)
    assert talk.shown == ["Why?", "I see.", "Or so."], "a question belongs to its version"
    talk.choose("Or so.", 1)
    assert talk.shown == ["Why?", "I see.", "So.", "And?", "Then."]
