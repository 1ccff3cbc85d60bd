"""`flask seed demo`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.auth.passwords import verify_password
from app.demo.stories import EVE, MAX, OLIVE, PASSWORD, all_stories
from app.extensions import db
from app.markdown import render, render_typed
from app.models import Conversation, Membership, Message, User, questions
from app.models.columns import now
from app.models.conversation import Asking
from app.models.listing import listed_in
from app.models.message import Role, Status
from app.models.stats import stats_of
from tests.commands.conftest import Run
from tests.commands.expecting import count, members_of, refused

DEMO = ("seed", "demo")


def messages() -> list[Message]:
    """Return all messages that are shown, in the order of their conversations."""
    order = (Message.conversation_id, Message.position)
    return list(db.session.scalars(select(Message).where(Message.is_shown()).order_by(*order)))


def test_prints_addresses_and_a_password_that_sign_in(run: Run) -> None:
    said = run(*DEMO).stdout
    assert PASSWORD in said
    for person in (OLIVE, MAX, EVE):
        user = User.by_email(person.email)
        assert user is not None
        assert verify_password(user.password_hash, PASSWORD)
        assert person.email in said


def test_a_bot_without_a_password_asks_too(run: Run) -> None:
    assert "tally" not in run(*DEMO).stdout.lower()
    [tally] = db.session.scalars(select(User).filter_by(is_bot=True))
    assert (tally.name, verify_password(tally.password_hash, PASSWORD)) == ("Tally", False)
    assert any(message.author_id == tally.id for message in messages())


def test_prints_what_was_made_and_how_long_it_took(run: Run) -> None:
    first = run(*DEMO).stdout.splitlines()[0]
    made = f"Made 4 users, {count(Conversation)} conversations and {count(Message)} messages in "
    assert first.startswith(made)
    assert first.endswith(" s.")


def test_the_stories_show_every_kind_of_markup(run: Run) -> None:
    run(*DEMO)
    html = "".join(message.content_html or "" for message in messages())
    for element in ("<table", '<code class="language-python">', "<ol ", "<blockquote ", "<s>"):
        assert element in html
    assert any(message.thinking for message in messages())


def test_messages_are_complete_and_their_html_is_stored(run: Run) -> None:
    run(*DEMO, "--size", "60")
    for message in messages():
        assert message.status == Status.COMPLETE
        assert message.seq == 1
        assert not message.waiting
        as_typed = render_typed(message.content, message.mentions or ())
        html = as_typed if message.role == Role.USER else render(message.content)
        assert message.content_html == html
        assert message.size == len(message.content.encode()) + len(message.thinking.encode())


def test_each_question_is_followed_by_its_answers(run: Run) -> None:
    run(*DEMO)
    question, left = None, 0
    for message in messages():
        if message.role == Role.USER:
            assert left == 0
            assert (message.author is not None, message.model) == (True, None)
            question, left = message, 1 if message.asks is None else len(message.asks)
        else:
            assert question is not None
            assert message.question_id == question.id
            assert message.position > question.position
            assert message.created_at > question.created_at
            left -= 1
    assert left == 0


def test_three_people_and_two_models_are_in_one_conversation(run: Run) -> None:
    run(*DEMO)
    here = db.session.scalars(select(Conversation).filter_by(title="Dinner for nine")).one()
    shown = db.session.scalars(Message.of(here).order_by(Message.position)).all()
    assert {each.author.name for each in shown if each.author} == {"Olive", "Max", "Eve"}
    assert {each.model for each in shown if each.model} == {"demo", "demo:critic"}
    assert here.asking == Asking.MENTIONS
    assert [each.asks for each in shown if each.author][:4] == [
        *((), ()),
        *(("demo",), ("demo", "demo:critic")),
    ]
    assert shown[0].mentions == ("Max", "Eve")
    assert '<span class="mention">@Max</span>' in (shown[0].content_html or "")


def test_models_and_times_agree(run: Run) -> None:
    run(*DEMO, "--size", "60")
    for conversation in db.session.scalars(select(Conversation)).all():
        last = conversation.created_at
        for message in db.session.scalars(Message.of(conversation).order_by(Message.position)):
            assert message.created_at >= last
            last = message.created_at
            if message.role == Role.ASSISTANT:
                assert message.model in (conversation.model, "demo", "demo:critic")
                assert message.ended_at is not None and message.thought_ms is not None
                stats = stats_of(message)
                assert 0 < stats["thought_ms"] < stats["duration_ms"]
                last = message.ended_at
        assert conversation.created_at <= conversation.updated_at <= last


def test_dates_are_of_the_days_before(run: Run) -> None:
    run(*DEMO, "--size", "300")
    answers = [message for message in messages() if message.ended_at]
    age = [now() - message.ended_at for message in answers if message.ended_at]
    assert timedelta(0) < min(age) < timedelta(days=2)
    newest = db.session.scalars(select(Conversation).order_by(Conversation.updated_at.desc())).all()
    titles = [story.title for story in reversed(all_stories())]
    assert [conversation.title for conversation in newest[: len(titles)]] == titles
    text = "".join(message.content for message in answers)
    assert "{monday" not in text and "| 2024-03" not in text


def test_each_conversation_knows_its_last_position(run: Run) -> None:
    run(*DEMO, "--size", "61")
    for conversation in db.session.scalars(select(Conversation)):
        positions = select(Message.position).where(Message.conversation_id == conversation.id)
        found = sorted(db.session.scalars(positions))
        assert found == list(range(1, conversation.position + 1))


def test_an_answer_has_another_version_which_is_not_shown(run: Run) -> None:
    run(*DEMO)
    [other] = db.session.scalars(select(Message).where(~Message.is_shown()))
    assert other.content_html == render(other.content)
    assert (other.hidden_with, other.version, other.versions) == (other.id, 2, 2)
    [shown] = [message for message in messages() if message.id == other.version_of]
    assert (shown.version, shown.versions, shown.question_id) == (1, 2, other.question_id)
    conversation = db.session.get_one(Conversation, other.conversation_id)
    owned = select(Membership.user_id).where(Membership.conversation_id == conversation.id)
    owner = db.session.scalars(owned.where(Membership.is_owner)).one()
    changed = questions.choose(conversation, shown.public_id, owner, 2)
    assert changed.message.content == other.content
    assert [listed.unread for listed in listed_in(conversation.id)] == [0]


def test_each_conversation_has_one_owner_and_its_authors_are_members(run: Run) -> None:
    run(*DEMO, "--size", "300")
    for conversation in db.session.scalars(select(Conversation)).all():
        members = members_of(conversation.public_id)
        assert [owns for _, owns in members] == [True] + [False] * (len(members) - 1)
        authors = {message.author_id for message in db.session.scalars(Message.of(conversation))}
        assert all(conversation.has_member(key) for key in authors - {None})


@pytest.mark.parametrize("size", [0, 1, 7, 36, 500])
def test_size_is_the_number_of_messages(run: Run, size: int) -> None:
    assert run(*DEMO, "--size", str(size)).exit_code == 0
    assert count(Message) == size


@pytest.mark.usefixtures("cast")
def test_an_existing_user_keeps_the_password_and_the_demos_is_not_printed(run: Run) -> None:
    assert PASSWORD not in run(*DEMO).stdout
    olive = User.by_email("olive@example.com")
    assert olive is not None
    assert olive.password_hash == "none"


def test_a_negative_size_is_refused(run: Run) -> None:
    assert refused(run(*DEMO, "--size", "-1"), "--size")


@pytest.mark.parametrize("production", [True])
def test_production_needs_yes(run: Run) -> None:
    assert refused(run(*DEMO), "--yes")
    assert (count(User), count(Membership)) == (0, 0)
    assert run(*DEMO, "--yes").exit_code == 0
    assert count(User) == 4
