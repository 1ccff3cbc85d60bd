"""The devices to which a person's notifications are pushed, a part of the account's page."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.auth import rate_limits
from app.config import PushSettings, current_config
from app.database import write
from app.errors import Conflict, Invalid
from app.models import PushSubscription
from app.models.push_subscription import Subscription
from app.push import NO_ENDPOINT, PrivateAddressError, endpoint_at
from app.push.encryption import BadKeys, keys
from app.schemas import DeviceForm, DeviceRef, check
from app.views.auth import require_sign_in
from app.views.user_agents import describe

blueprint = Blueprint("devices", __name__, url_prefix="/account/notifications/devices")
blueprint.before_request(require_sign_in)

ADDED = "Notifications are pushed to this device."
REMOVED = "Nothing is pushed to that device any more."
NOT_SET_UP = "This server pushes no notifications."
OTHER_KEY = "The server's key has changed. Load the page again."
BAD_KEYS = "p256dh: these are no keys of a browser."


@blueprint.post("")
def add() -> Response:
    """Push to the browser that sends this, as long as it is signed in."""
    settings = current_config().push
    if settings is None:
        raise Conflict(NOT_SET_UP)
    user_id, sign_in_id = current_user.id, g.credential.id
    rate_limits.hit("send", user_id)
    form = check(DeviceForm, request.form.to_dict())
    new = _subscription(form, settings)
    known = PushSubscription.name_of(sign_in_id)  # the browser renews its subscription by itself
    name = form.name or known or describe(request.user_agent.string)
    write(lambda: PushSubscription.add(user_id, sign_in_id, name, new))
    flash(ADDED)
    return redirect(url_for("notifications.show"))


@blueprint.post("/remove")
def remove() -> Response:
    """Push to one of the user's devices no longer."""
    user_id, device = current_user.id, check(DeviceRef, request.form.to_dict())
    write(lambda: PushSubscription.remove(user_id, device.id))
    flash(REMOVED)
    return redirect(url_for("notifications.show"))


def _subscription(form: DeviceForm, settings: PushSettings) -> Subscription:
    """Return what a form says; raises Invalid where it can be no subscription, and Conflict where
    it is one for another key of ours."""
    if form.server_key != settings.public_key:
        raise Conflict(OTHER_KEY)
    try:
        keys(form.p256dh, form.auth)
        endpoint_at(form.endpoint).addresses(settings)
    except BadKeys:
        raise Invalid(BAD_KEYS) from None
    except (OSError, PrivateAddressError):
        raise Invalid(NO_ENDPOINT) from None
    return Subscription(form.endpoint, form.p256dh, form.auth, form.server_key)
