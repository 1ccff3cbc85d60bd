"""Which models there are: those of the settings, and those that administrators have added."""

from __future__ import annotations

import logging

from app.database import read
from app.encryption import decrypt
from app.errors import Invalid, attempt
from app.extensions import socketio
from app.models import Conversation
from app.models.offered_model import all_offers
from app.models.questions import Change
from app.providers.stored import stored_model
from app.replies.runtime import current_runtime

logger = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
NOT_OFFERED = "model: this model is not offered to you. Choose another one."


def reload_models() -> None:
    """Read again which models administrators have added, for this process."""
    offers = read(all_offers)
    keys = {each: decrypt(each) for offer in offers if (each := offer.stored_key)}
    if None in keys.values():
        logger.error("The key of a provider can't be read: KEYS_SECRET or SECRET_KEY has changed.")
    stored = {offer.name: stored_model(offer, keys.get(offer.stored_key or "")) for offer in offers}
    runtime = current_runtime()
    runtime.models = runtime.models.with_stored(stored)


def reload_models_soon() -> None:
    """Do the same, as soon as the database can be read."""
    while (failure := attempt(reload_models)[1]) is not None:
        logger.error("The models could not be read, and will be again.", exc_info=failure)
        socketio.sleep(RETRY_SECONDS)


def check_offered(change: Change, conversation: Conversation, user_id: int) -> None:
    """Raise Invalid, in the transaction of a change, where it asks a model that is not offered to
    the one who asks: perhaps somebody else has chosen it for the conversation."""
    models = current_runtime().models.offered_to(user_id)
    if any(models.refuses(name) for name in asked_by(change, conversation)):
        raise Invalid(NOT_OFFERED)


def asked_by(change: Change, conversation: Conversation) -> tuple[str, ...]:
    """Return the models that a change has asked; none where it has changed nothing."""
    question = change.message
    if not change.added:
        return ()
    if change.answer and len(change.added) == 1:  # a retry
        return (change.answer.model or conversation.model,)
    return (question.model or conversation.model,) if question.asks is None else question.asks
