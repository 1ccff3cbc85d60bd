"""Sends notifications to browsers, in the background: no page and no answer waits for it.

What is not sent when the process ends is lost; mentions that stay unread are told of by mail.
"""

from __future__ import annotations

import json
import logging
from http.client import HTTPException
from threading import Semaphore
from typing import NamedTuple

from app.background import start_task
from app.config import PushSettings
from app.database import read, write
from app.errors import attempt
from app.extensions import socketio
from app.models.push_subscription import Device, PushSubscription
from app.push.encryption import authorization, encrypted
from app.push.endpoint import Endpoint, endpoint_at
from app.push.request import Answer, post

logger = logging.getLogger(__name__)

PAUSES_SECONDS = (0, 10, 60, 300)  # before each attempt
LONGEST_PAUSE_SECONDS = 900.0  # that a service may ask for
KEPT_SECONDS = 24 * 3600  # by the push service, for a device that is off
AT_ONCE = 4
MOST_WAITING = 1000
GONE = (404, 410)

_slots = Semaphore(AT_ONCE)
_waiting = Semaphore(MOST_WAITING)


class Notification(NamedTuple):
    """What a device shows: `id` is the message's, at which it opens the conversation."""

    id: str
    conversation: str
    title: str
    body: str

    @property
    def payload(self) -> bytes:
        """Return what the service worker gets."""
        return json.dumps(self._asdict(), ensure_ascii=False, separators=(",", ":")).encode()


def send_soon(settings: PushSettings, device: Device, notification: Notification) -> None:
    """Send a notification to a device, in a task of its own; the caller waits for nothing. Where
    too many wait already it is dropped."""
    if not _waiting.acquire(blocking=False):
        logger.error("A notification was dropped: %d wait to be sent already.", MOST_WAITING)
        return
    start_task(_send, settings, device, notification)


def _send(settings: PushSettings, device: Device, notification: Notification) -> None:
    """Send it, and again where that may help: later each time, and when the service allows it."""
    try:
        asked_for = 0.0
        for pause in PAUSES_SECONDS:
            socketio.sleep(max(pause, asked_for))
            answer = _try(settings, device, notification)
            if answer is None or answer.retry_after > LONGEST_PAUSE_SECONDS:
                return
            asked_for = answer.retry_after
    finally:
        _waiting.release()


def _try(settings: PushSettings, device: Device, notification: Notification) -> Answer | None:
    """Send it once; return what was answered if it is to be sent again, else None."""
    with _slots:
        if not read(lambda: PushSubscription.exists(device.id)):
            return None  # signed out, or removed, meanwhile
        answer, error = attempt(lambda: _post(settings, device, notification))
    if answer is None:
        # neither the address, which is secret, nor what the service has answered
        logger.warning("Device %d was not reached: %s.", device.id, type(error).__name__)
        return Answer(0, 0.0) if isinstance(error, (OSError, HTTPException)) else None
    return _judged(device, answer)


def _judged(device: Device, answer: Answer) -> Answer | None:
    if answer.status < 300:
        return None
    if answer.status in GONE:
        write(lambda: PushSubscription.forget(device.id))
        return None
    logger.warning("The push service of device %d has answered %d.", device.id, answer.status)
    return answer if answer.status == 429 or answer.status >= 500 else None


def _post(settings: PushSettings, device: Device, notification: Notification) -> Answer:
    endpoint = endpoint_at(device.endpoint)
    address = endpoint.addresses(settings)[0]
    body = encrypted(notification.payload, device.p256dh, device.auth)
    return post(endpoint, address, body, _headers(endpoint, settings, notification))


def _headers(endpoint: Endpoint, settings: PushSettings, told: Notification) -> dict[str, str]:
    """Return the headers of RFC 8030. The topic makes a second attempt replace the first one."""
    return {
        "Authorization": authorization(endpoint, settings),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS),
        "Topic": told.id,
        "Urgency": "normal",
    }
