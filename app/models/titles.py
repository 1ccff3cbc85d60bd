"""Titles of conversations that nobody has named: what their first question begins with."""

from __future__ import annotations

from app.characters import balanced, cut, is_invisible
from app.models.conversation import UNTITLED, Conversation
from app.models.search_text import index_title
from app.text import NOT_IN_A_LINE

TITLE_FROM_QUESTION = 60  # characters, at most


def retitle(conversation: Conversation, old: str, question: str) -> bool:
    """Name a conversation after a question, unless somebody has given it another title.

    Returns whether it has another title now; in the caller's transaction.
    """
    if conversation.title != old:
        return False
    conversation.title = title_from(question)
    index_title(conversation.id, conversation.title)
    return True


def title_from(question: str) -> str:
    """Return a question as a title: on one line, and not too long."""
    line = " ".join(NOT_IN_A_LINE.sub(" ", question).split())
    if len(line) > TITLE_FROM_QUESTION:
        line = _beginning(line)
    line = balanced(line)
    return UNTITLED if is_invisible(line) else line


def _beginning(line: str) -> str:
    """Return whole words, or whole characters where a word is long; "" where one is too long."""
    words = line[:TITLE_FROM_QUESTION].rpartition(" ")[0]
    is_long_enough = len(words) > TITLE_FROM_QUESTION // 2
    beginning = words if is_long_enough else cut(line, TITLE_FROM_QUESTION - 1)
    return beginning and f"{beginning}…"
