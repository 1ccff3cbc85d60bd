"""The administrators' pages of all people: their roles, who may sign in, and who is deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user
from pydantic import Field, StringConstraints
from werkzeug.wrappers import Response as BaseResponse

from app.background import in_turn
from app.database import read
from app.errors import Conflict
from app.models import User, people, second_factor
from app.models.deleting import delete_person
from app.models.link import address_of
from app.models.people import MOST_PAGES, person_with
from app.schemas import Payload, check
from app.text import ValidText
from app.views.administration import require_admin, write_as_admin
from app.views.errors import ErrorPage
from app.views.people_page import server_address
from app.views.shown_once import shown_once

blueprint = Blueprint("admin_people", __name__, url_prefix="/admin/people")
blueprint.before_request(require_admin)

NEW_LINK = "new_reset_link"  # in the session, between the form and the page that shows it
ONESELF = "That is your own account. Another administrator can do that."
NO_FACTOR = "There is no second factor to remove."
DELETED = "The account is deleted. What was written stays, by a former member."
SAID = {
    "admin": "{name} is an administrator now.",
    "no-admin": "{name} is no administrator any more.",
    "disable": "{name} is signed out everywhere, and can't sign in any more.",
    "enable": "{name} can sign in again.",
    "no-second-factor": "{name} signs in with the password alone now.",
}


class PeoplePage(Payload):
    """Which page of the people, with what in their name or address."""

    q: Annotated[ValidText, StringConstraints(max_length=200)] = ""
    page: Annotated[int, Field(ge=1, le=MOST_PAGES, strict=False)] = 1


@blueprint.get("")
def show() -> str:
    """Show a page of the people."""
    wanted = check(PeoplePage, {name: text for name, text in request.args.items() if text})
    query = wanted.q.strip()
    with in_turn():
        found, more = people.people_on(wanted.page, query)
        return render_template(
            "admin/people.html", people=found, more=more, page=wanted.page, q=query
        )


@blueprint.get("/<int:key>")
def show_person(key: int) -> Response:
    """Show one person, and a link that was just made: once, on a page that is not cached."""
    return shown_once(NEW_LINK, lambda new_link: _render(key, new_link=new_link))


@blueprint.post("/<int:key>/admin")
def make_admin(key: int) -> BaseResponse | ErrorPage:
    """Make somebody an administrator."""
    return _change(key, "admin", lambda user: user.set_admin(True))


@blueprint.post("/<int:key>/no-admin")
def remove_admin(key: int) -> BaseResponse | ErrorPage:
    """Make somebody no administrator any more; oneself, too, if there is another one."""
    return _change(key, "no-admin", _remove_admin)


@blueprint.post("/<int:key>/disable")
def disable(key: int) -> BaseResponse | ErrorPage:
    """Sign somebody out everywhere, and let them sign in no more."""
    return _change(key, "disable", _disable)


@blueprint.post("/<int:key>/enable")
def enable(key: int) -> BaseResponse | ErrorPage:
    """Let somebody sign in again."""
    return _change(key, "enable", User.enable)


@blueprint.post("/<int:key>/no-second-factor")
def remove_second_factor(key: int) -> BaseResponse | ErrorPage:
    """Let somebody who has lost their app sign in with the password alone."""
    return _change(key, "no-second-factor", _remove_second_factor)


@blueprint.post("/<int:key>/delete")
def delete(key: int) -> BaseResponse | ErrorPage:
    """Delete somebody, whose messages stay."""
    try:
        if key == current_user.id:
            raise Conflict(ONESELF)
        delete_person(read(lambda: person_with(key).id), write_as_admin)
    except Conflict as error:
        return _render(key, error.sentence), error.http_status, {}
    flash(DELETED)
    return redirect(url_for(".show"))


@blueprint.post("/<int:key>/reset-link")
def make_reset_link(key: int) -> BaseResponse | ErrorPage:
    """Make a link with which somebody chooses a new password, and redirect to the page that shows
    it, so that a reload makes no other."""
    try:
        session[NEW_LINK] = write_as_admin(lambda: people.reset_link(person_with(key)))
    except Conflict as error:
        return _render(key, error.sentence), error.http_status, {}
    return redirect(url_for(".show_person", key=key), 303)


def _change(key: int, what: str, change: Callable[[User], object]) -> BaseResponse | ErrorPage:
    def work() -> str:
        user = User.locked(person_with(key).id)
        change(user)
        return user.name

    try:
        name = write_as_admin(work)
    except Conflict as error:
        return _render(key, error.sentence), error.http_status, {}
    flash(SAID[what].format(name=name))
    return redirect(url_for(".show_person", key=key))


def _remove_admin(user: User) -> None:
    user.check_not_last_admin()
    user.set_admin(False)


def _disable(user: User) -> None:
    if user.id == current_user.id:
        raise Conflict(ONESELF)
    people.disable(user)


def _remove_second_factor(user: User) -> None:
    if not second_factor.remove_second_factor(user.id):
        raise Conflict(NO_FACTOR)


@in_turn()
def _render(key: int, problem: str = "", new_link: str | None = None) -> str:
    user = person_with(key)
    return render_template(
        "admin/person.html",
        person=user,
        last_seen=people.last_seen(key),
        owned=people.owned_by(key),
        has_second_factor=second_factor.SecondFactor.exists(key),
        is_me=user.id == current_user.id,
        new_link=new_link and address_of(new_link, server_address()),
        problems={"form": problem} if problem else {},
    )
