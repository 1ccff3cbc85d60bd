"""Links: following one leads to what it is for; a conversation's owner makes those into it."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import schemas
from app.addresses import network_of
from app.auth import rate_limits
from app.auth.identity import LINK
from app.config import current_config
from app.database import write
from app.errors import Invalid, NotFound
from app.extensions import db
from app.models import Conversation, Link
from app.models.link import Purpose, conversation_of, join_by_link
from app.models.rights import MemberRole
from app.schemas import check
from app.views.auth import require_sign_in
from app.views.errors import ErrorPage, headers_of
from app.views.people_page import NEW_LINK, change_people, refused_people

blueprint = Blueprint("invitations", __name__)

PAGES = {  # by purpose, where a link leads to
    Purpose.JOIN: "invitations.show_join",
    Purpose.REGISTER: "registering.show",
    Purpose.FIRST: "registering.show",
    Purpose.RESET: "passwords.new",
}


@blueprint.get("/link")
def show() -> str:
    """Show the form that takes a link's secret, or a code. The page's script fills it in from the
    fragment of the address."""
    return render_template("link.html", problem="")


@blueprint.post("/link")
def follow() -> Response | ErrorPage:
    """Keep a link's secret in the session, and redirect to what the link is for."""
    rate_limits.hit("link", network_of(request.remote_addr))
    secret = request.form.get("code", "")
    try:
        link = Link.by_secret(secret, *PAGES)
    except NotFound as error:
        page = render_template("link.html", problem=error.sentence)
        return page, error.http_status, headers_of(error)
    session[LINK + link.purpose] = secret
    return redirect(url_for(PAGES[Purpose(link.purpose)]), 303)


@blueprint.get("/link/join")
def show_join() -> str:
    """Show the conversation that the link leads to, to whoever has it; nothing has changed yet."""
    link = Link.by_secret(session.get(LINK + Purpose.JOIN, ""), Purpose.JOIN)
    return render_template(
        "join.html",
        conversation=conversation_of(link),
        role=link.role,
        can_register=current_config().registration != "closed",
    )


@blueprint.post("/link/join")
def join() -> Response:
    """Become a member of the conversation."""
    if not current_user.is_authenticated:
        return redirect(url_for("auth.show", next=url_for(".show_join")))
    user_id, secret = current_user.id, session.get(LINK + Purpose.JOIN, "")
    rate_limits.hit("send", user_id)
    public_id = write(lambda: join_by_link(secret, user_id))
    session.pop(LINK + Purpose.JOIN, None)
    return redirect(url_for("conversations.show", public_id=public_id))


@blueprint.get("/conversations/<public_id>/links")
def lead_on(public_id: str) -> Response:
    """Lead on from the address of a refused form."""
    return redirect(url_for("people.show", public_id=public_id))


@blueprint.post("/conversations/<public_id>/links")
def create(public_id: str) -> Response | ErrorPage:
    """Make a link, and redirect to the page that shows it, so that a reload makes no other."""
    if (refused := require_sign_in()) is not None:
        return refused
    try:
        new = check(schemas.NewLink, request.form.to_dict())
        session[NEW_LINK] = change_people(public_id, lambda here: _create(here, new))
    except Invalid as error:
        return refused_people(public_id, link=error)
    return redirect(url_for("people.show", public_id=public_id), 303)


@blueprint.post("/conversations/<public_id>/links/revoke")
def revoke(public_id: str) -> Response | ErrorPage:
    """Let nobody join by a link any more; who has, stays."""
    if (refused := require_sign_in()) is not None:
        return refused
    key = check(schemas.LinkRef, request.form.to_dict()).id
    change_people(public_id, lambda here: _revoke(here, key))
    return redirect(url_for("people.show", public_id=public_id))


def _create(conversation: Conversation, new: schemas.NewLink) -> str:
    lifetime = timedelta(days=new.days)
    return Link.create_into(conversation, MemberRole(new.role), lifetime, new.uses)


def _revoke(conversation: Conversation, key: int) -> None:
    if link := db.session.scalar(Link.into(conversation.id).where(Link.id == key)):
        link.revoke()
