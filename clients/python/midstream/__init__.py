"""Follows Midstream conversations: the rule, and a reader that applies it."""

from midstream.access import Access, InvalidAddress, Refused, Unreachable
from midstream.connection import Connection
from midstream.conversation_list import ConversationList
from midstream.files import upload
from midstream.question import Question
from midstream.reader import Reader
from midstream.rule import Message, MessageLog, Outcome
from midstream.view import View

__all__ = [
    "Access",
    "Connection",
    "ConversationList",
    "InvalidAddress",
    "Message",
    "MessageLog",
    "Outcome",
    "Question",
    "Reader",
    "Refused",
    "Unreachable",
    "View",
    "upload",
]
