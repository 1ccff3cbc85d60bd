"""Renders the page of a conversation's people, and commits what its owner changes there."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from flask import render_template, request
from flask_login import current_user

from app.auth import rate_limits
from app.auth.authorize import authorize
from app.config import current_config
from app.database import write
from app.errors import Conflict, DomainError
from app.events.payloads import person_payload
from app.extensions import db
from app.models import Conversation, Link
from app.models.link import MAX_USES, address_of
from app.models.rights import Action, may
from app.models.user import Member, members_of
from app.replies import current_runtime
from app.views.errors import ErrorPage, headers_of

NEW_LINK = "new_link"  # in the session, between the form and the page that shows it
NOT_IN_IT = "This person is not in the conversation any more."

T = TypeVar("T")


class ShownPerson(NamedTuple):
    """A member as the page needs it; `id` is the same as in the messages."""

    id: str
    name: str
    role: str
    is_bot: bool
    is_me: bool


def render_people(
    public_id: str, new_link: str | None = None, problems: dict[str, str] | None = None
) -> str:
    """Return the page's HTML; `problems` are sentences by the names of the fields."""
    conversation = authorize(public_id)
    role = conversation.member(current_user.id).role
    can_manage = may(role, Action.MANAGE)
    return render_template(
        "conversations/people.html",
        conversation=conversation,
        people=_people(conversation),
        role=role,
        can_manage=can_manage,
        can_leave=may(role, Action.LEAVE),
        can_choose_asking=may(role, Action.ASKING),
        models=_mentioned_models(),
        links=db.session.scalars(Link.into(conversation.id)).all() if can_manage else [],
        new_link=new_link and address_of(new_link, server_address()),
        most_uses=MAX_USES,
        typed=request.form,
        problems=problems or {},
    )


def refused_people(public_id: str, **problem: DomainError) -> ErrorPage:
    """Show the page with what was typed, and the sentence of an error beside its field."""
    [(name, error)] = problem.items()
    page = render_people(public_id, problems={name: error.sentence})
    return page, error.http_status, headers_of(error)


def change_people(
    public_id: str, change: Callable[[Conversation], T], action: Action = Action.MANAGE
) -> T:
    """Commit a change that the caller may make; control events tell everybody else."""
    user_id = current_user.id
    rate_limits.hit("invite", user_id)
    key = authorize(public_id, action).id

    def work() -> T:
        return change(Conversation.find(key).allow(user_id, action))

    return write(work)


def member_of(conversation: Conversation, sender: str) -> Member:
    """Return the member with this id in the conversation's messages; Conflict if there is none."""
    for member in members_of([conversation.id])[conversation.id]:
        if person_payload(conversation.public_id, member)["sender"] == sender:
            return member
    raise Conflict(NOT_IN_IT)


def server_address() -> str:
    """Return the address at which people reach the server; for a page of the one who asks, it may
    come from this request."""
    return current_config().public_url or request.url_root.rstrip("/")


def _mentioned_models() -> list[tuple[str, str]]:
    """Return what each model is called after an `@`, and its label."""
    models = current_runtime().models.offered_to(current_user.id)
    return [(models.handle(name), models.label(name)) for name in models.names]


def _people(conversation: Conversation) -> list[ShownPerson]:
    members = members_of([conversation.id])[conversation.id]
    return [_shown(conversation.public_id, member) for member in members]


def _shown(public_id: str, member: Member) -> ShownPerson:
    person = person_payload(public_id, member)
    is_me = member.id == current_user.id
    return ShownPerson(person["sender"], member.name, member.role, member.is_bot, is_me)
