"""The shapes of what readers are told, as docs/asyncapi.yaml describes them."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from app.models.stats import Stats


class ProgressPayload(TypedDict):
    """Text that was added to a message: its entries after `since`, up to `seq`.

    Sent as `chunk`; as `streaming_end`, when the message has ended; and as `current_state`, when a
    reader joins.
    """

    id: str
    conversation: str
    since: int
    seq: int
    content: NotRequired[str]
    thinking: NotRequired[str]
    status: str
    error: NotRequired[str]
    note: NotRequired[str]
    cut: NotRequired[bool]
    stats: NotRequired[Stats]


class HeadPayload(TypedDict):
    """How far a message and its conversation are, without text: `since` is `seq`. Whoever lacks any
    of it is behind.

    Sent as `chunk`, where events of another process may have been lost.
    """

    id: str
    conversation: str
    since: int
    seq: int
    status: str
    position: int
    revision: int


class ReactionPayload(TypedDict):
    """Those who have put an emoji on a message, each as the `sender` of messages."""

    emoji: str
    people: list[str]


class ReactionsPayload(TypedDict):
    """All reactions to a message; `reacted` is the number of their last change.

    Sent as `reactions`, when they have changed, and in the acknowledgement of `reactions`.
    """

    id: str
    conversation: str
    reacted: int
    reactions: list[ReactionPayload]


class FilePayload(TypedDict):
    """A file of a message; a picture has the size of its thumbnail, in pixels."""

    id: str
    name: str
    size: int
    kind: str
    width: NotRequired[int]
    height: NotRequired[int]


class MessagePayload(ProgressPayload):
    """A message from its beginning, with its place and author.

    Sent as `message`, when a message is added and when a reader that lacks it joins, and in the
    acknowledgement of `history`.
    """

    position: int
    revision: int
    role: str
    author: NotRequired[str]
    sender: NotRequired[str]
    bot: NotRequired[bool]
    model: NotRequired[str]
    asks: NotRequired[list[str]]
    mentions: NotRequired[list[str]]
    quotes: NotRequired[str]
    files: NotRequired[list[FilePayload]]
    reacted: NotRequired[int]
    reactions: NotRequired[list[ReactionPayload]]
    version: NotRequired[int]
    versions: NotRequired[int]
    created_at: str


class PersonPayload(TypedDict):
    """A member of a conversation: its role says what it may do; `sender` is as in its messages.
    It has read up to position `read`, and has a picture with the id `avatar`.

    Sent in a ConversationPayload.
    """

    name: str
    sender: str
    role: str
    bot: NotRequired[bool]
    read: NotRequired[int]
    avatar: NotRequired[str]


class SettingsPayload(TypedDict, total=False):
    """How the models are to answer; what is left to them is absent.

    Sent in a ConversationPayload.
    """

    system_prompt: str
    temperature: float
    effort: str


class PinnedPayload(TypedDict):
    """A pinned message, who wrote it, how it begins, and who has pinned it, as a `sender`.

    Sent in a ConversationPayload.
    """

    id: str
    position: int
    author: NotRequired[str]
    model: NotRequired[str]
    excerpt: NotRequired[str]
    by: str


class ConversationPayload(TypedDict):
    """A conversation's title and members, which messages ask a model, those that are pinned, how
    the models are to answer, from which position on messages are sent to them, and its position
    and revision. `version` grows with every change of these.

    Sent as `conversation`, when anything but the last two has changed, and as acknowledgement of
    `join`.
    """

    conversation: str
    title: str
    members: list[str]
    people: NotRequired[list[PersonPayload]]
    asking: NotRequired[str]
    pinned: NotRequired[list[PinnedPayload]]
    settings: NotRequired[SettingsPayload]
    sent_from: NotRequired[int]
    position: int
    revision: int
    version: NotRequired[int]
    reacted: NotRequired[int]


class RemovedPayload(TypedDict):
    """The ids of messages that no longer exist, and the revision since then.

    Sent as `removed`, when messages are removed and when a reader joins that holds such messages.
    """

    conversation: str
    ids: list[str]
    revision: int


class PresentPersonPayload(TypedDict):
    """Somebody who is here: follows the text that is being written, or types."""

    sender: str
    following: NotRequired[bool]
    typing: NotRequired[bool]


class PresentPayload(TypedDict):
    """All who are present in a conversation.

    Sent as `present`, when any of this has changed, and in the acknowledgement of `presence`.
    """

    conversation: str
    people: list[PresentPersonPayload]


class FormerPayload(TypedDict):
    """Somebody has deleted their account: what they wrote is a former member's.

    Sent as `former`.
    """

    conversation: str
    sender: str


class ReadPayload(TypedDict):
    """A member, and the position up to which they have read."""

    sender: str
    read: int


class SeenPayload(TypedDict):
    """Members who have read on.

    Sent as `seen`.
    """

    conversation: str
    people: list[ReadPayload]


class ListedPayload(TypedDict):
    """One conversation in the list of a member, who has read it up to position `read`; after
    that there are `unread` messages by others.

    Sent as `listed`, when any of this has changed, and in a ListingPayload.
    """

    conversation: str
    title: str
    members: list[str]
    model: str
    position: int
    updated_at: str
    version: int
    read: int
    unread: NotRequired[int]
    snippet: NotRequired[str]
    streaming: NotRequired[bool]
    pinned: NotRequired[bool]
    archived: NotRequired[bool]
    muted: NotRequired[bool]
    owner: NotRequired[bool]


class UnlistedPayload(TypedDict):
    """A conversation that a list no longer has: deleted, or the user is no longer a member.

    Sent as `unlisted`.
    """

    conversation: str
    version: int


class NotificationPayload(TypedDict):
    """A message that its reader wants to be told of: it is a `mention` of them by somebody, or an
    `answer` by a model to their own question.

    Sent as `notification`.
    """

    conversation: str
    id: str
    kind: str
    title: str
    by: NotRequired[str]


class AllowancePayload(TypedDict):
    """A sentence about what its reader has used of a monthly limit: most of it, or all.

    Sent as `allowance`.
    """

    warning: str


class JobPayload(TypedDict):
    """How far an export or an import of the user is: `done` of `total` conversations, where the
    total is known.

    Sent as `job`.
    """

    id: str
    kind: str
    state: str
    done: int
    total: NotRequired[int]


class BannerPayload(TypedDict):
    """What the administrators show to everybody; without `id`: nothing.

    Sent as `banner`, when it has changed.
    """

    id: NotRequired[str]
    text: NotRequired[str]
    kind: NotRequired[str]
    until: NotRequired[str]


class ListingPayload(TypedDict):
    """A page of the user's conversations; `next` is the token of the next page.

    Sent as the acknowledgement of `conversations`.
    """

    conversations: list[ListedPayload]
    next: NotRequired[str]
