"""What the database holds: the one source of truth."""

from app.models.conversation import Conversation
from app.models.entry import Entry
from app.models.membership import Membership
from app.models.message import Message, Status
from app.models.notice import Notice
from app.models.sign_in import SignIn
from app.models.spent_key import SpentKey
from app.models.token import ApiToken
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
