"""What a person must show before how they sign in is changed: the password, or a fresh sign-in."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from flask import g, request
from flask_login import current_user

from app.auth import rate_limits
from app.auth.passwords import verify_password
from app.errors import Invalid
from app.models.columns import now

FRESH = timedelta(minutes=15)
WRONG_PASSWORD = "The current password is wrong."
NOT_FRESH = "Sign out and in again, and come back here within 15 minutes."


class Proof(StrEnum):
    """What is needed."""

    NOTHING = "nothing"  # the sign-in is fresh
    PASSWORD = "password"
    SIGN_IN = "sign-in"  # a fresh one: this account has no password


def needed_proof() -> Proof:
    """Return what the user has to show now."""
    if g.credential.created_at > now() - FRESH:
        return Proof.NOTHING
    return Proof.PASSWORD if current_user.password_hash else Proof.SIGN_IN


def check_proof() -> None:
    """Raise Invalid, with the field's name, unless the form shows what is needed."""
    proof = needed_proof()
    if proof is Proof.SIGN_IN:
        raise Invalid(NOT_FRESH)
    if proof is Proof.PASSWORD and not is_password(
        current_user.id, current_user.password_hash, request.form.get("current", "")
    ):
        raise Invalid(f"current: {WRONG_PASSWORD}")


def is_password(user_id: int, stored: str, password: str) -> bool:
    """Return whether it is the user's password. Every attempt is counted: not with the sign-ins,
    which strangers can exhaust."""
    rate_limits.hit("password", user_id)
    if not verify_password(stored, password, f"user {user_id}"):
        return False
    rate_limits.clear("password", user_id)
    return True
