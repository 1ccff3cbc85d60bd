"""Signing in with a passkey, and the account's list of passkeys. Scripts send these forms: only a
browser can ask the device."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from app.addresses import network_of
from app.auth import passkeys, rate_limits
from app.database import write
from app.errors import Conflict, Invalid, Unauthorized
from app.models import OpenIdIdentity, Passkey, User, audit
from app.models.challenge import Task
from app.models.passkey import KNOWN
from app.schemas import SignInRef, check
from app.text import NAME_LENGTH, single_line
from app.views import challenges
from app.views.account import refused_beside
from app.views.auth import hold_sign_in, next_path, require_sign_in, sign_in_as
from app.views.confirming import check_proof
from app.views.errors import ErrorPage

blueprint = Blueprint("passkeys", __name__)

UNKNOWN = "This passkey is not known here any more. Sign in another way."
COPIED = "This passkey was refused: there may be a copy of it. Sign in another way, and remove it."
TOO_LATE = "That took too long. Please try again."
NO_NAME = f"name: write one line of 1 to {NAME_LENGTH} characters."
ADDED = "The passkey is added: you can sign in with it."
LAST_WAY = "You could not sign in any more. Choose a password first."

Json = dict[str, Any]


@blueprint.post("/login/passkey/options")
def ask() -> Json:
    """Return what the browser needs to sign in with a passkey."""
    rate_limits.hit("sign_in_address", network_of(request.remote_addr))
    options = passkeys.options_to_sign_in()
    challenges.begin(Task.PASSKEY, challenge=options["challenge"])
    return options


@blueprint.post("/login/passkey")
def sign_in() -> Response:
    """Sign in with a passkey; return where to go on."""
    rate_limits.hit("sign_in_address", network_of(request.remote_addr))
    path, credential = next_path(), request.form.get("credential", "")
    asked = challenges.take(Task.PASSKEY)
    if asked is None:
        raise Conflict(TOO_LATE)
    found = Passkey.by_credential_id(passkeys.credential_id_of(credential))
    if found is None or passkeys.handle_in(credential) not in (None, found.handle):
        raise passkeys.Refused(UNKNOWN)
    key, user_id = found.id, found.user_id
    count = passkeys.check_signature(credential, asked.data["challenge"], found.public_key)
    if not write(lambda: _use(key, user_id, count)):
        raise passkeys.Refused(COPIED)
    return hold_sign_in(sign_in_as(user_id, "passkey"), jsonify(next=path))


@blueprint.post("/account/passkeys/options")
def ask_for_new() -> Json | ErrorPage:
    """Return what the browser needs to make a passkey for the user."""
    _require_sign_in()
    check_proof()
    user_id = current_user.id
    known = [each.credential_id for each in Passkey.all_of(user_id)]
    handle = Passkey.handle_of(user_id)
    options = passkeys.options_to_add(handle, current_user.email, current_user.name, known)
    challenges.begin(Task.ADD_PASSKEY, user_id, challenge=options["challenge"], handle=handle.hex())
    return options


@blueprint.post("/account/passkeys")
def add() -> Json:
    """Add the passkey that the browser has made."""
    _require_sign_in()
    user_id, name = current_user.id, single_line(request.form.get("name", ""), NAME_LENGTH)
    if name is None:
        raise Invalid(NO_NAME)
    asked = challenges.take(Task.ADD_PASSKEY)
    if asked is None or asked.user_id != user_id:
        raise Conflict(TOO_LATE)
    added = passkeys.check_added(request.form.get("credential", ""), asked.data["challenge"])
    handle = bytes.fromhex(asked.data["handle"])
    try:
        write(lambda: _add(user_id, name, handle, added))
    except IntegrityError:  # twice at the same moment
        raise Conflict(KNOWN) from None
    flash(ADDED)
    return {"next": url_for("account.security")}


@blueprint.get("/account/passkeys")
@blueprint.get("/account/passkeys/remove")
def lead_on() -> Response:
    """Lead on from the address of a form."""
    return redirect(url_for("account.security"))


@blueprint.post("/account/passkeys/remove")
def remove() -> Response | ErrorPage:
    """Let nobody sign in with a passkey any more."""
    if (refused := require_sign_in()) is not None:
        return refused
    user_id, key = current_user.id, check(SignInRef, request.form.to_dict()).id
    try:
        check_proof()
        write(lambda: _remove(user_id, key))
    except Invalid as error:
        return refused_beside(f"passkey {key}", error)
    return redirect(url_for("account.security"))


def _require_sign_in() -> None:
    if not current_user.is_authenticated:
        raise Unauthorized


def _use(key: int, user_id: int, count: int) -> bool:
    """Store the counter, in the caller's transaction; return whether it is as it should be."""
    is_right = Passkey.use(key, count)
    if not is_right:
        audit.record(audit.Kind.PASSKEY_COPIED, user_id, f"key {key}")
    return is_right


def _add(user_id: int, name: str, handle: bytes, added: passkeys.Added) -> None:
    about = {"name": name, "handle": handle, "public_key": added.public_key}
    Passkey.add(user_id, added.credential_id, sign_count=added.sign_count, **about)
    audit.record(audit.Kind.PASSKEY_ADDED, user_id, name)


def _remove(user_id: int, key: int) -> None:
    user = User.locked(user_id)
    is_last = Passkey.count(user_id) < 2 and not OpenIdIdentity.all_of(user_id)
    if is_last and not user.password_hash:
        raise Invalid(LAST_WAY)
    if Passkey.remove(user_id, key):
        audit.record(audit.Kind.PASSKEY_REMOVED, user_id, f"key {key}")
