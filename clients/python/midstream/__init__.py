"""Reads along in Midstream conversations: the rule, and a connection that keeps to it."""

from midstream.connection import Access, Connection, Refused, Unreachable
from midstream.question import Question
from midstream.reader import Reader
from midstream.rule import ConversationLog, Message, Outcome
from midstream.view import View

__all__ = [
    "Access",
    "Connection",
    "ConversationLog",
    "Message",
    "Outcome",
    "Question",
    "Reader",
    "Refused",
    "Unreachable",
    "View",
]
