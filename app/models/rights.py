"""Who may do what in a conversation: the table in docs/security.md, checked here alone."""

from __future__ import annotations

from enum import StrEnum

from app.errors import Forbidden

NOT_A_WRITER = "You can read this conversation, but not write in it."
NOT_THE_OWNER = "Only the owner of a conversation can do that."
OWNS_IT = "You own this conversation. Hand it over before you leave it, or delete it."


class MemberRole(StrEnum):
    """What a member of a conversation is; each has one owner."""

    OWNER = "owner"
    MEMBER = "member"
    READER = "reader"


class Action(StrEnum):
    """What somebody does with a conversation."""

    READ = (
        "read"  # its messages, people, exports, branches; be present; how one's own list shows it
    )
    WRITE = "write"  # ask, edit, retry, continue, choose versions, stop, pin; be shown to type
    REACT = "react"  # put an emoji on a message, and take it away
    LEAVE = "leave"
    RENAME = "rename"
    ASKING = "asking"  # which messages ask a model
    INSTRUCT = "instruct"  # the system prompt, and how the models answer
    DELETE = "delete"  # and undo that
    SHARE = "share"  # make, list and revoke links with which strangers read
    MANAGE = "manage"  # add and remove people, change roles, hand over, links


MAY: dict[str, frozenset[Action]] = {
    MemberRole.OWNER: frozenset(Action) - {Action.LEAVE},
    MemberRole.MEMBER: frozenset(
        {Action.READ, Action.WRITE, Action.INSTRUCT, Action.REACT, Action.LEAVE}
    ),
    MemberRole.READER: frozenset({Action.READ, Action.REACT, Action.LEAVE}),
}
REFUSALS = {Action.WRITE: NOT_A_WRITER, Action.INSTRUCT: NOT_A_WRITER, Action.LEAVE: OWNS_IT}


def may(role: str, action: Action) -> bool:
    """Return whether a member with this role may do that."""
    return action in MAY[role]


def roles_that_may(action: Action) -> list[str]:
    """Return the roles whose members may do that."""
    return [role for role in MAY if may(role, action)]


def require(role: str, action: Action) -> None:
    """Raise Forbidden, with a sentence, unless a member with this role may do that."""
    if not may(role, action):
        raise Forbidden(REFUSALS.get(action, NOT_THE_OWNER))
