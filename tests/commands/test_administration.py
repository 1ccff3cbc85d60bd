"""`flask answers`, `banner`, `log`, `retention`, `storage`, and the lists of `flask user`."""

from __future__ import annotations

import json

import pytest

from app.database import write
from app.models import Conversation, User, questions
from app.models.questions import Question
from tests.commands.conftest import Run
from tests.commands.expecting import refused

pytestmark = pytest.mark.usefixtures("cast")


def test_users_are_listed(run: Run) -> None:
    run("user", "admin", "olive@example.com")
    run("user", "disable", "max@example.com")
    run("seed", "bot", "rita@example.com", "--name", "Rita")
    rows = [line.split("\t") for line in run("user", "list").stdout.splitlines()]
    assert [row[0].partition("@")[0] for row in rows] == ["eve", "max", "olive", "rex", "rita"]
    assert [row[2] for row in rows] == ["user", "user, disabled", "administrator", "user", "bot"]
    assert {row[3] for row in rows} == {"never seen"}


def test_the_log_is_printed(run: Run) -> None:
    run("user", "disable", "max@example.com")
    run("user", "disable", "eve@example.com")
    lines = run("log", "list", "--kind", "disabled").stdout.splitlines()
    assert [line.split("\t")[1:4] for line in lines] == [
        ["disabled", "a command", "eve@example.com"],
        ["disabled", "a command", "max@example.com"],
    ]
    [line] = run("log", "list", "--person", "max@example.com", "--json").stdout.splitlines()
    assert json.loads(line)["about"] == "max@example.com"


def test_a_banner_is_set_shown_and_removed(run: Run) -> None:
    assert run("banner", "show").stdout == ""
    run("banner", "set", "We restart", "--warning", "--until", "2100-01-01T10:00")
    assert run("banner", "show").stdout == "warning\tuntil 2100-01-01 10:00\tWe restart\n"
    run("banner", "set", "We have")
    assert run("banner", "show").stdout == "information\tuntil it is removed\tWe have\n"
    run("banner", "remove")
    assert run("banner", "show").stdout == ""
    assert refused(run("banner", "set", "x" * 301), "text")
    assert refused(run("banner", "set", "Hi", "--until", "2020-01-01T10:00"), "time to come")


def test_retention_is_tried_set_and_turned_off(run: Run) -> None:
    assert run("retention", "show").stdout == "off\n"
    assert run("retention", "try", "30").stdout == "0 conversations, 0 messages\n"
    run("retention", "set", "30")
    assert run("retention", "show").stdout == "after 30 days, not what is pinned\n"
    run("retention", "set", "30", "--also-pinned")
    assert run("retention", "show").stdout == "after 30 days\n"
    run("retention", "off")
    assert run("retention", "show").stdout == "off\n"
    assert run("retention", "set", "0").exit_code == 2


def test_storage_is_printed(run: Run) -> None:
    rows = {
        line.split("\t")[0]: line.split("\t")[1:]
        for line in run("storage", "show").stdout.splitlines()
    }
    assert rows["People"][0] == "4"
    assert int(rows["All"][1]) >= int(rows["People"][1]) > 0


def test_an_answer_is_listed_and_stopped(run: Run, conversation: str) -> None:
    assert run("answers", "list").stdout == ""
    write(lambda: ask(conversation))
    [row] = [line.split("\t") for line in run("answers", "list").stdout.splitlines()]
    assert row[1:4] == [conversation, "demo", "olive@example.com"]
    assert row[5:] == ["0 tokens", "just begun"]
    assert "is stopped" in run("answers", "stop", row[0]).stdout
    assert run("answers", "list").stdout == ""
    assert refused(run("answers", "stop", row[0]), "ended")


def ask(public_id: str) -> None:
    here, olive = Conversation.by_public_id(public_id), User.by_email("olive@example.com")
    assert here and olive
    questions.ask(here, Question(olive.id, "And?", "<p>And?</p>", None, None, None, (), False))
