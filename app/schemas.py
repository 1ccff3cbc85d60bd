"""What readers and forms may send: schemas that are checked before anything uses the values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from app.errors import Invalid, TooLarge
from app.models.link import MAX_USES
from app.models.paging import LARGEST_POSITION, PAGE_MESSAGES
from app.models.push_subscription import DEVICE_NAME_LENGTH, ENDPOINT_LENGTH
from app.models.questions import MAX_ASKED
from app.text import QUESTION_LENGTH, PromptText, QuestionText, TitleText, ValidText

HELD_MESSAGES = 100
LARGEST_KEY = 2**31 - 1
NOTHING = "content: a message needs a text, or files."
TEXT_OR_FILES: list[JsonValue] = [  # as a schema; `is_nothing` is the same rule
    {"required": ["content"]},
    {"required": ["files"], "properties": {"files": {"minItems": 1}}},
]
MAX_FILES = 20  # of a message; settings may allow fewer

Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Key = Annotated[ValidText, StringConstraints(max_length=64)]
ModelName = Annotated[ValidText, StringConstraints(max_length=200)]


def _whole(number: Any) -> Any:
    """Accept 1.0 for 1, as JSON Schema does: some languages have no other numbers."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


WHOLE = BeforeValidator(_whole)
Count = Annotated[int, Field(ge=0, le=LARGEST_POSITION), WHOLE]


# Fields of forms and addresses are text. PostgreSQL's integers hold any row's key.
FormKey = Annotated[int, Field(ge=1, le=LARGEST_KEY, strict=False)]
FormPosition = Annotated[int, Field(ge=0, le=LARGEST_POSITION, strict=False)]


class Payload(BaseModel):
    """Unknown keys are ignored, so that newer readers can talk to older servers."""

    model_config = ConfigDict(strict=True, frozen=True)


class ListConversations(Payload):
    """`conversations`: the caller's, from a page token on."""

    before: Annotated[str, StringConstraints(max_length=200)] | None = None
    archived: bool | None = None  # only those, or only others; None: all
    follow: bool = False


class Read(Payload):
    """`read`: up to which position the caller has read a conversation."""

    conversation: Name
    position: Count


class SeenPage(Payload):
    """The image on a page without scripts: up to which position that page shows messages."""

    position: FormPosition = 0


class Presence(Payload):
    """`presence`: whether the caller sees a conversation that it follows, and its last text."""

    conversation: Name
    here: bool = True
    following: bool = False


class Typing(Payload):
    """`typing`: in which conversation the caller types."""

    conversation: Name


class Create(Payload):
    """`create`: a conversation of the caller's own."""

    title: TitleText | None = None
    model: ModelName | None = None


class Join(Payload):
    """`join`: which conversation, and what the reader holds of it."""

    conversation: Name
    after: Count | None = None  # with `revision`, the reader's cursor
    revision: Count | None = None
    # by id, the `seq` that the reader holds of each message that it believes is streaming
    have: Annotated[dict[Name, Count], Field(max_length=HELD_MESSAGES)] = {}


class Leave(Payload):
    """`leave`: a conversation."""

    conversation: Name


def is_nothing(content: str, files: Sequence[str] | None) -> bool:
    """Return whether a message has neither a text nor files: TEXT_OR_FILES is the same rule."""
    return not content and not files


Asks = Annotated[list[ModelName], Field(max_length=MAX_ASKED)]


Files = Annotated[list[Name], Field(max_length=MAX_FILES)]


class Send(Payload):
    """`send`: a message. `model` answers it and, from then on, those that name none; or those that
    it `asks` do, one after the other, or nobody where these are none. It `quotes` a message. With
    `files`, which the caller has uploaded, it may have no text."""

    model_config = ConfigDict(json_schema_extra={"anyOf": TEXT_OR_FILES})

    conversation: Name
    content: QuestionText = ""
    key: Key | None = None
    model: ModelName | None = None
    asks: Asks | None = None
    quotes: Name | None = None
    files: Files = []

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if is_nothing(self.content, self.files):
            raise ValueError(NOTHING)
        return self


class Edit(Payload):
    """`edit`: the new text of one of the caller's questions, and the `files` that it has from now
    on; without these it has those that it had."""

    id: Name
    content: QuestionText = ""
    key: Key | None = None
    model: ModelName | None = None
    asks: Asks | None = None
    files: Files | None = None


class MessageRef(Payload):
    """`stop`, `continue` and `branch`: a message."""

    id: Name


class Retry(Payload):
    """`retry`: an answer; `model` writes the next version of it."""

    id: Name
    model: ModelName | None = None


class Choose(Payload):
    """`choose`: which version of a message is shown."""

    id: Name
    version: Annotated[int, Field(ge=1, le=LARGEST_KEY), WHOLE]


Emoji = Literal["👍", "👎", "❤️", "😂", "🎉", "🤔", "👀", "✅"]
EMOJIS: tuple[str, ...] = get_args(Emoji)


class React(Payload):
    """`react`: put an emoji on a message, or take one's own away."""

    id: Name
    emoji: Emoji
    on: bool = True


class ReactionForm(Payload):
    """The forms that put an emoji on a message, and take it away."""

    emoji: Emoji


class Pin(Payload):
    """`pin`: pin a message, or unpin it."""

    id: Name
    on: bool = True


class Reacted(Payload):
    """`reacted`: the reactions of a conversation that have changed after a number."""

    conversation: Name
    after: Count = 0


class AskingForm(Payload):
    """The form that says which messages of a conversation ask a model."""

    asking: Literal["every", "mentions"]


def _nothing(text: Any) -> Any:
    """Take an empty field for none, and a comma for a point."""
    if not isinstance(text, str):
        return text
    return text.strip().replace(",", ".") or None


Nothing = BeforeValidator(_nothing)


class SettingsForm(Payload):
    """How the models of a conversation are to answer; what is empty is the model's default."""

    system_prompt: PromptText = ""
    temperature: Annotated[Annotated[float, Field(ge=0, le=2, strict=False)] | None, Nothing] = None
    effort: Annotated[Literal["low", "medium", "high"] | None, Nothing] = None


class ChoiceForm(Payload):
    """The form that shows another version of a message."""

    version: FormKey | None = None


class History(Payload):
    """`history`: the messages before a position."""

    conversation: Name
    before: Count
    limit: Annotated[int, Field(ge=1, le=PAGE_MESSAGES), WHOLE] = PAGE_MESSAGES


class Rename(Payload):
    """The form that gives a conversation another title."""

    title: Annotated[TitleText, StringConstraints(min_length=1)]


RoleName = Literal["member", "reader"]


class NewMember(Payload):
    """The form that adds somebody to a conversation: with which role."""

    role: RoleName = "member"


class MemberRef(Payload):
    """The forms about one member of a conversation: who it is, as in the messages."""

    person: Name


class NewRole(MemberRef):
    """The form that gives a member another role."""

    role: RoleName


class NewLink(Payload):
    """The form that makes a link into a conversation: for how many days, and how many people."""

    role: RoleName = "member"
    days: Annotated[int, Field(ge=1, le=365, strict=False)] = 7
    uses: Annotated[int, Field(ge=1, le=MAX_USES, strict=False)] = 1


class LinkRef(Payload):
    """The form that revokes a link: its key."""

    id: FormKey


class NewShare(Payload):
    """The form that makes a share link: for how many days, of the conversation or an answer."""

    days: Literal["1", "7", "30", "never"] = "7"
    names: Literal["show", "hide"] = "hide"
    answer: Name | None = None


class NotificationsForm(Payload):
    """The form of what its user wants to be told of; a box that is not checked is not sent."""

    mentions: Literal["on"] | None = None
    answers: Literal["on"] | None = None
    mail: Literal["on"] | None = None
    shows_text: Literal["on"] | None = None


class DeviceForm(Payload):
    """The form that lets notifications be pushed to a browser: what that gives for it, the server's
    key that it is for, and a name."""

    endpoint: Annotated[str, StringConstraints(min_length=1, max_length=ENDPOINT_LENGTH)]
    p256dh: Annotated[str, StringConstraints(max_length=100)]
    auth: Annotated[str, StringConstraints(max_length=40)]
    server_key: Annotated[str, StringConstraints(max_length=100)]
    name: Annotated[TitleText, StringConstraints(max_length=DEVICE_NAME_LENGTH)] = ""


class DeviceRef(Payload):
    """The form that removes such a browser: its key."""

    id: FormKey


class SignInRef(Payload):
    """The account page's form that signs out a browser: the key of its sign-in."""

    id: FormKey


class ConversationPage(Payload):
    """The address of a conversation or a share link: the position before which it is shown."""

    before: FormPosition | None = None


P = TypeVar("P", bound=Payload)


def check(schema: type[P], data: Any) -> P:
    """Return `data` as an instance of `schema`.

    Raises Invalid or TooLarge with a sentence that names the field.
    """
    try:
        return schema.model_validate({} if data is None else data)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> Invalid | TooLarge:
    problem = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in problem["loc"])
    sentence = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "string_too_long" and field == "content":
        return TooLarge(f"A question has at most {QUESTION_LENGTH:,} characters.")
    if not field:
        is_object = problem["type"] == "value_error"  # then it is about several of its fields
        return Invalid(sentence if is_object else "payload: it must be an object.")
    return Invalid(f"{field}: {sentence}.")
