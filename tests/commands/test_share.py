"""`flask share`."""

from __future__ import annotations

from app.extensions import db
from app.models import Conversation, Share, User
from app.models.control_event import Kind
from app.models.share import share_room
from tests.commands.conftest import Run
from tests.commands.expecting import control_events, refused


def make(conversation: str) -> str:
    here = Conversation.by_public_id(conversation)
    olive = User.by_email("olive@example.com")
    assert here and olive
    secret = Share.create(here, olive.id, None)
    db.session.commit()
    return secret


def test_list_shows_the_links_that_can_be_used(run: Run, conversation: str) -> None:
    assert run("share", "list").stdout == ""
    secret = make(conversation)
    listed = run("share", "list", conversation)
    assert listed.stdout == run("share", "list").stdout
    number, where, what, maker, _made, until, opened = listed.stdout.strip().split("\t")
    assert (number, where, what, maker) == ("1", conversation, "the conversation", "by Olive")
    assert (until, opened) == ("until it is revoked", "opened 0")
    assert secret not in listed.stdout
    refused(run("share", "list", "f" * 32), "no conversation")


def test_revoke_cuts_the_readers_off(run: Run, conversation: str) -> None:
    secret = make(conversation)
    assert run("share", "revoke", "1").stdout == "Link 1 is revoked.\n"
    assert control_events()[-1] == (Kind.DISCONNECT, share_room(1))
    assert Share.find(secret) is None
    refused(run("share", "revoke", "1"), "no link 1")
    assert run("share", "list").stdout == ""
