"""The people of a conversation: who is in it, and what its owner can change about that."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import schemas
from app.auth import rate_limits
from app.auth.authorize import authorize
from app.database import write
from app.errors import Conflict, Invalid
from app.extensions import db
from app.models import Conversation, User, people
from app.models.rights import Action, MemberRole
from app.models.user import ADDRESS_LENGTH
from app.schemas import check
from app.text import single_line
from app.views.auth import require_sign_in
from app.views.errors import ErrorPage
from app.views.people_page import (
    NEW_LINK,
    change_people,
    member_of,
    refused_people,
    render_people,
)
from app.views.shown_once import shown_once

blueprint = Blueprint("people", __name__, url_prefix="/conversations/<public_id>/people")
blueprint.before_request(require_sign_in)

NO_NAME = "Write the name of one person, or the address."
NOBODY = "Nobody has an account with this name or address."
SEVERAL = "Several people have this name. Write the address of the one whom you mean."
IN_IT_ALREADY = "This person is in the conversation already."
OWNER_STAYS = "The owner can't be removed. Hand the conversation over first."
LEFT = "You have left the conversation."


@blueprint.get("")
def show(public_id: str) -> Response:
    """Show the people, and a link that was just made: once, on a page that is not cached."""
    rate_limits.hit("page", current_user.id)
    return shown_once(NEW_LINK, lambda new_link: render_people(public_id, new_link=new_link))


@blueprint.post("")
def add(public_id: str) -> BaseResponse | ErrorPage:
    """Add somebody by name or address."""
    who, form = request.form.get("who", ""), check(schemas.NewMember, request.form.to_dict())
    try:
        change_people(public_id, lambda here: _add(here, who, MemberRole(form.role)))
    except (Invalid, Conflict) as error:
        return refused_people(public_id, who=error)
    return redirect(url_for(".show", public_id=public_id))


@blueprint.get("/role")
@blueprint.get("/remove")
@blueprint.get("/owner")
def lead_on(public_id: str) -> BaseResponse:
    """Lead on from the address of a refused form, which a reload without its fields asks for."""
    return redirect(url_for(".show", public_id=public_id))


@blueprint.post("/role")
def change_role(public_id: str) -> BaseResponse | ErrorPage:
    """Let a member write, or only read."""
    form = check(schemas.NewRole, request.form.to_dict())
    role = MemberRole(form.role)
    return _about(public_id, form, lambda here, user_id: here.change_role(user_id, role))


@blueprint.post("/remove")
def remove(public_id: str) -> BaseResponse | ErrorPage:
    """Remove a member."""
    form = check(schemas.MemberRef, request.form.to_dict())
    return _about(public_id, form, _remove)


@blueprint.post("/owner")
def hand_over(public_id: str) -> BaseResponse | ErrorPage:
    """Make a member the owner."""
    form = check(schemas.MemberRef, request.form.to_dict())
    return _about(public_id, form, people.hand_over)


@blueprint.post("/leave")
def leave(public_id: str) -> BaseResponse:
    """Leave the conversation."""
    user_id = current_user.id
    rate_limits.hit("send", user_id)
    key = authorize(public_id, Action.LEAVE).id
    write(lambda: _leave(Conversation.find(key), user_id))
    flash(LEFT)
    return redirect(url_for("conversations.index"))


def _about(
    public_id: str, form: schemas.MemberRef, change: Callable[[Conversation, int], None]
) -> BaseResponse | ErrorPage:
    """Change something about one member; who is gone meanwhile is named in a sentence."""
    try:
        change_people(public_id, lambda here: change(here, member_of(here, form.person).id))
    except Conflict as error:
        return refused_people(public_id, person=error)
    return redirect(url_for(".show", public_id=public_id))


def _leave(conversation: Conversation, user_id: int) -> None:
    conversation.allow(user_id, Action.LEAVE).remove_member(user_id)


def _add(conversation: Conversation, who: str, role: MemberRole) -> None:
    user = _called(who)
    if conversation.has_member(user.id):
        raise Conflict(IN_IT_ALREADY)
    conversation.add_member(user.id, role)


def _called(who: str) -> User:
    """Return the one account with this name or address; raises Invalid."""
    line = single_line(who, ADDRESS_LENGTH)
    if line is None:
        raise Invalid(NO_NAME)
    found = db.session.scalars(User.called(line).limit(2)).all()
    if len(found) != 1:
        raise Invalid(SEVERAL if found else NOBODY)
    return found[0]


def _remove(conversation: Conversation, user_id: int) -> None:
    if conversation.member(user_id).is_owner:
        raise Conflict(OWNER_STAYS)
    conversation.remove_member(user_id)
