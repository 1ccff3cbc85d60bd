"""Signing in at a provider of OpenID Connect, and connecting it with an account."""

from __future__ import annotations

from hmac import compare_digest

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.addresses import network_of
from app.auth import rate_limits
from app.config import current_config
from app.database import write
from app.errors import DomainError, Invalid, NotFound
from app.models import OpenIdIdentity, Passkey, User, audit
from app.models.challenge import Asked, Task
from app.models.credential import new_secret
from app.openid import Provider, Refused, current_provider
from app.schemas import SignInRef, check
from app.views import challenges
from app.views.account import refused_beside
from app.views.auth import (
    hold_sign_in,
    next_path,
    require_sign_in,
)
from app.views.confirming import check_proof
from app.views.errors import ErrorPage, headers_of
from app.views.forms import render_sign_in
from app.views.openid_accounts import connect_with, signed_in_as
from app.views.page_slots import let_others_in

blueprint = Blueprint("openid", __name__)

NOT_BEGUN = (
    "This sign-in was not begun in this browser, was used already, or took too long. Begin again."
)
IS_CONNECTED = "{name} is connected: you can sign in with it."
LAST_WAY = "You could not sign in any more. Choose a password, or add a passkey, first."


@blueprint.get("/login/openid")
def begin() -> Response | ErrorPage:
    """Go on at the provider."""
    provider = _provider()
    rate_limits.hit("sign_in_address", network_of(request.remote_addr))
    path = next_path()
    let_others_in()
    try:
        return redirect(_begun(provider, None, path))
    except DomainError as error:
        return _refused(error, path)


@blueprint.get("/login/openid/callback")
def finish() -> Response | ErrorPage:
    """Come back from the provider: sign in, make an account, or connect it with one."""
    provider = _provider()
    rate_limits.hit("sign_in_address", network_of(request.remote_addr))
    asked = _asked()
    path = asked.data["next"] if asked else ""
    let_others_in()
    try:
        if asked is None:
            raise Refused(NOT_BEGUN)
        code = provider.check_answer(request.args.to_dict())
        about = {name: asked.data[name] for name in ("redirect_uri", "nonce", "verifier")}
        identity = provider.finish(code, **about)
        if asked.user_id is not None:
            connect_with(identity, asked.user_id)
            flash(IS_CONNECTED.format(name=provider.name))
            return redirect(path)
        return hold_sign_in(signed_in_as(identity, provider.name), redirect(path))
    except DomainError as error:
        _note_refusal(asked, error)
        return _refused(error, path)


@blueprint.post("/account/openid")
def connect() -> str | Response | ErrorPage:
    """Lead on to the provider, to connect it with the user's account.

    By a page with a link: browsers don't let a form lead to another site.
    """
    if (refused := require_sign_in()) is not None:
        return refused
    provider, user_id = _provider(), current_user.id
    rate_limits.hit("sign_in_address", network_of(request.remote_addr))
    try:
        check_proof()
        address = _begun(provider, user_id, url_for("account.security"))
    except DomainError as error:
        return refused_beside("openid", error)
    return render_template("account/openid.html", name=provider.name, address=address)


@blueprint.get("/account/openid")
@blueprint.get("/account/openid/disconnect")
def lead_on() -> Response:
    """Lead on from the address of a form."""
    return redirect(url_for("account.security"))


@blueprint.post("/account/openid/disconnect")
def disconnect() -> Response | ErrorPage:
    """Let a provider's account sign in no more."""
    if (refused := require_sign_in()) is not None:
        return refused
    user_id, key = current_user.id, check(SignInRef, request.form.to_dict()).id
    try:
        check_proof()
        write(lambda: _disconnect(user_id, key))
    except DomainError as error:
        return refused_beside(f"identity {key}", error)
    return redirect(url_for("account.security"))


def _provider() -> Provider:
    provider = current_provider()
    if provider is None:
        raise NotFound("Page not found.")
    return provider


def _begun(provider: Provider, user_id: int | None, path: str) -> str:
    """Remember a sign-in that begins, and return the address at which it goes on."""
    state = new_secret()
    redirect_uri = _callback()
    authorization = provider.begin(state, redirect_uri)
    challenges.begin(
        Task.OPENID,
        user_id,
        state=state,
        next=path,
        redirect_uri=redirect_uri,
        nonce=authorization.nonce,
        verifier=authorization.verifier,
    )
    return authorization.address


def _callback() -> str:
    """Return the address to which the provider leads back, as the operator has told it."""
    path = url_for("openid.finish")
    place = current_config().public_url
    if place is None:
        return url_for("openid.finish", _external=True)
    return place + path.removeprefix(request.script_root)


def _asked() -> Asked | None:
    """Return what this browser has begun, if the answer is to that; it can't be used again."""
    asked = challenges.find(Task.OPENID)
    state = request.args.get("state", "")
    if asked is None or not compare_digest(asked.data["state"].encode(), state.encode()):
        return None
    if asked.user_id is not None and asked.user_id != getattr(current_user, "id", None):
        return None  # somebody else has signed in meanwhile
    return challenges.take(Task.OPENID)


def _disconnect(user_id: int, key: int) -> None:
    user = User.locked(user_id)
    is_last = len(OpenIdIdentity.all_of(user_id)) < 2 and not Passkey.count(user_id)
    if is_last and not user.password_hash:
        raise Invalid(LAST_WAY)
    if OpenIdIdentity.disconnect(user_id, key):
        audit.record(audit.Kind.OPENID_DISCONNECTED, user_id)


def _note_refusal(asked: Asked | None, error: DomainError) -> None:
    if isinstance(error, Refused):
        about = asked.user_id if asked else None
        write(lambda: audit.record(audit.Kind.OPENID_REFUSED, about, error.sentence))


def _refused(error: DomainError, path: str) -> Response | ErrorPage:
    """Show why nobody was signed in, where one can begin again."""
    flash(error.sentence, "error")
    if current_user.is_authenticated:
        return redirect(url_for("account.security"))
    return render_sign_in("", path), error.http_status, headers_of(error)
