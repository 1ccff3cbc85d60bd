"""Whose account it is that a provider of OpenID Connect has signed in, and who gets a new one."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from app.config import current_config
from app.database import write
from app.errors import Conflict, Forbidden
from app.models import OpenIdIdentity, User, audit
from app.models.openid_identity import CONNECTED
from app.models.registering import make_account
from app.models.user import valid_email
from app.openid import Identity, Refused
from app.text import NAME_LENGTH, single_line
from app.views.auth import SignedIn, begin_sign_in, sign_in_as
from app.views.registering import CLOSED, domain_problem, followed_link

NO_ADDRESS = (
    "{name} does not vouch for an email address of yours, which an account needs. "
    "Confirm your address there, and begin again."
)
THERE_ALREADY = (
    "There is an account with the address {email} already. Sign in to it as you did before, and "
    "connect {name} under Account, Security."
)
INVITED_ONLY = "Whoever makes an account here needs a link. Follow yours first, and begin again."
OTHER_ADDRESS = "Your link is for another email address than that of {name}."
HOW = "OpenID Connect"
AT_ONCE = "Somebody has signed in as you at the same moment. Begin again."


def signed_in_as(identity: Identity, name: str) -> SignedIn:
    """Sign in whoever it is; make an account where that is allowed.

    Raises Refused, Forbidden and Conflict, each with a sentence for whoever wants to sign in.
    """
    known = OpenIdIdentity.find(identity.issuer, identity.subject)
    try:
        return sign_in_as(known.user_id, HOW) if known else _register(identity, name)
    except IntegrityError:  # the same person at the same moment, in another tab
        raise Conflict(AT_ONCE) from None


def _register(identity: Identity, name: str) -> SignedIn:
    """Make an account, as far as REGISTRATION allows that, and sign in with it."""
    email = valid_email(identity.email)
    if email is None:
        raise Refused(NO_ADDRESS.format(name=name))
    if User.by_email(email):
        raise Conflict(THERE_ALREADY.format(email=email, name=name))
    link_id = _link_for(email, name)
    shown = identity.name or single_line(email.partition("@")[0], NAME_LENGTH) or email[:1]

    def work() -> SignedIn:
        user_id = make_account(email, shown, "", link_id)
        _tie(identity, user_id)
        return begin_sign_in(user_id, HOW)()

    return write(work)


def _link_for(email: str, name: str) -> int | None:
    """Return the link with which the account is made; None where it needs none.

    Raises Forbidden where this address may not have an account.
    """
    link, registration = followed_link(), current_config().registration
    if link is None and registration in ("closed", "invitation"):
        raise Forbidden(CLOSED if registration == "closed" else INVITED_ONLY)
    if link is None and (problem := domain_problem(email)):
        raise Forbidden(problem)
    if link and link.email and link.email != email:
        raise Forbidden(OTHER_ADDRESS.format(name=name))
    return link.id if link else None


def connect_with(identity: Identity, user_id: int) -> None:
    """Let a provider's account sign in to this one. Raises Conflict where it is another's."""
    try:
        write(lambda: _tie(identity, user_id))
    except IntegrityError:
        raise Conflict(CONNECTED) from None


def _tie(identity: Identity, user_id: int) -> None:
    OpenIdIdentity.connect(user_id, identity.issuer, identity.subject)
    audit.record(audit.Kind.OPENID_CONNECTED, user_id, identity.subject)
