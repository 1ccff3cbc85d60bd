"""What the database holds: the one source of truth."""

from app.models.api_token import ApiToken
from app.models.control_event import Notice
from app.models.conversation import Conversation
from app.models.log import Entry
from app.models.membership import Membership
from app.models.message import Message, Status
from app.models.sign_in import SignIn
from app.models.used_idempotency_key import SpentKey
from app.models.user import User

__all__ = [
    "ApiToken",
    "Conversation",
    "Entry",
    "Membership",
    "Message",
    "Notice",
    "SignIn",
    "SpentKey",
    "Status",
    "User",
]
