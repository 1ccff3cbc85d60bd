"""Reads along in Midstream conversations: the rule, and a connection that keeps to it."""

from midstream.access import Access, InvalidAddress, Refused, Unreachable
from midstream.connection import Connection
from midstream.question import Question
from midstream.reader import Reader
from midstream.rule import ConversationLog, Message, Outcome
from midstream.view import View

__all__ = [
    "Access",
    "Connection",
    "ConversationLog",
    "InvalidAddress",
    "Message",
    "Outcome",
    "Question",
    "Reader",
    "Refused",
    "Unreachable",
    "View",
]
