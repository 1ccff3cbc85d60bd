"""Web Push: notifications that reach a browser also when no page is open."""

from app.push.endpoint import NO_ENDPOINT, PrivateAddressError, endpoint_at
from app.push.sending import Notification, send_soon

__all__ = ["NO_ENDPOINT", "Notification", "PrivateAddressError", "endpoint_at", "send_soon"]
