"""What the database holds: the one source of truth. Models import downward, in this order."""

from app.models.log import Entry  # noqa: I001  (the order says what is built on what)
from app.models.audit import AuditEvent
from app.models.server_setting import ServerSetting
from app.models.membership import Membership
from app.models.search_text import SearchText
from app.models.control_event import ControlEvent
from app.models.conversation import Conversation
from app.models.user import User
from app.models.avatar import AssistantAvatar, Avatar
from app.models.message import Message, Role, Status
from app.models.file import File, MessageFile
from app.models.file_content import FileContent, FilePicture, FilePiece
from app.models.used_idempotency_key import UsedIdempotencyKey
from app.models.api_token import ApiToken
from app.models.push_subscription import PushSubscription
from app.models.sign_in import SignIn
from app.models.link import Link
from app.models.challenge import Challenge
from app.models.second_factor import RecoveryCode, SecondFactor
from app.models.passkey import Passkey
from app.models.openid_identity import OpenIdIdentity
from app.models.notification_settings import NotificationSettings
from app.models.share import Share
from app.models.assistant import Assistant
from app.models.model_use import ModelUse
from app.models.model_provider import ModelProvider
from app.models.offered_model import OfferedModel
from app.models.imported import ImportedConversation, ImportedMessage
from app.models.job import Job, JobPiece

__all__ = [
    "ApiToken",
    "Assistant",
    "AssistantAvatar",
    "AuditEvent",
    "Avatar",
    "Challenge",
    "ControlEvent",
    "Conversation",
    "Entry",
    "File",
    "FileContent",
    "FilePicture",
    "FilePiece",
    "ImportedConversation",
    "ImportedMessage",
    "Job",
    "JobPiece",
    "Link",
    "Membership",
    "Message",
    "MessageFile",
    "ModelProvider",
    "ModelUse",
    "NotificationSettings",
    "OfferedModel",
    "OpenIdIdentity",
    "Passkey",
    "PushSubscription",
    "RecoveryCode",
    "Role",
    "SearchText",
    "SecondFactor",
    "ServerSetting",
    "Share",
    "SignIn",
    "Status",
    "UsedIdempotencyKey",
    "User",
]
