"""What counts as text, in what people and programs send: each kind is checked, and described as
JSON Schema for docs/asyncapi.yaml."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from app.characters import balanced, cut, is_invisible

QUESTION_LENGTH = 32_000  # characters, like the other lengths
TITLE_LENGTH = 200
PROMPT_LENGTH = 8_000  # of what a model is told before a conversation
NAME_LENGTH = 100  # of people, bots and tokens

# Listed one by one: what `\S` matches differs between the regular expressions of languages.
NOT_BLANK = re.compile(
    r"[^\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
)
CONTROLS = re.compile(r"[\u0000-\u001f\u007f-\u009f\u2028\u2029]")
NOT_IN_A_LINE = re.compile(  # line breaks, other control characters, lone surrogates
    r"[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]"
)

BLOCK_MARKUP = re.compile(  # at the beginning of a line
    r"^[ \t]*(?:#{1,6}|>|[-*+]|\d{1,3}[.)]|`{3,}.*|\|[-:| ]+\|?|[-*_=]{3,})(?:[ \t]+|$)",
    re.MULTILINE,
)
# Of code and emphasis: not `a_b`, `2*3`. It begins with a set of characters, so that `re` skips to
# the next one of these; a page of a list has 50 texts to look through.
INLINE_MARKUP = re.compile(
    r"[*_~`](?:(?<=`)`*|(?<=[*_~])[*_~]+|(?<=[*_])(?:(?<!\w.)(?=\S)|(?<=\S.)(?!\w)))"
)
TABLE_ROW = re.compile(r"^[ \t]*\|.*", re.MULTILINE)
LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,300}\)")


def single_line(text: str, max_length: int) -> str | None:
    """Return `text` without white space around it; None if it isn't one line, is too long, or if
    people see nothing of it.

    Characters that join letters or emoji are allowed: families and Persian names contain them.
    Bidirectional controls are removed where they would reach beyond the line.
    """
    line = balanced(text).strip()
    is_line = not NOT_IN_A_LINE.search(line) and not is_invisible(line)
    return line if is_line and len(line) <= max_length else None


def plain_line(markdown: str) -> str:
    """Return Markdown as one line of text, without its usual marks: to be shown, not rendered."""
    text = LINK.sub(r"\1", markdown) if "[" in markdown else markdown
    text = INLINE_MARKUP.sub("", BLOCK_MARKUP.sub("", text))
    text = TABLE_ROW.sub(lambda row: row[0].replace("|", " "), text)
    return " ".join(NOT_IN_A_LINE.sub(" ", text).split())


def excerpt(markdown: str, length: int) -> str:
    """Return the beginning of Markdown as one line, at most so many characters and "…" where there
    is more."""
    read = markdown[: 4 * length]
    line = plain_line(read)
    is_all = read == markdown and len(line) <= length
    return line if is_all else f"{cut(line, length)}…"


def is_unicode(text: str) -> bool:
    """Return whether a text has no lone surrogate: then it can be encoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _storable(text: str) -> str:
    """Refuse what is not Unicode text: NUL and lone surrogates."""
    if "\0" in text or not is_unicode(text):
        raise ValueError("text must be valid Unicode without NUL")
    return text


def _not_blank(text: str) -> str:
    if not NOT_BLANK.search(text):
        raise ValueError("text must not be blank")
    return text


def _one_line(text: str) -> str:
    """Refuse what a page would show differently after a reload."""
    if CONTROLS.search(text):
        raise ValueError("text must be one line, without control characters")
    return text


def _visible(text: str) -> str:
    """Return text without white space around it; nothing where people would see nothing."""
    return "" if is_invisible(text) else text.strip()


# What the validators refuse, for the JSON Schemas, which can't describe lone surrogates.
WITHOUT_NUL = Field(json_schema_extra={"not": {"pattern": r"\u0000"}})
WITHOUT_CONTROLS = Field(json_schema_extra={"not": {"pattern": CONTROLS.pattern}})
WITH_MORE_THAN_BLANKS = Field(json_schema_extra={"pattern": NOT_BLANK.pattern})

ValidText = Annotated[str, WITHOUT_NUL, AfterValidator(_storable)]
QuestionText = Annotated[
    # the length first: after the other checks it would be reported as another kind of error
    str,
    WITHOUT_NUL,
    WITH_MORE_THAN_BLANKS,
    StringConstraints(max_length=QUESTION_LENGTH),
    AfterValidator(_storable),
    AfterValidator(_not_blank),
]
PromptText = Annotated[
    str, WITHOUT_NUL, StringConstraints(max_length=PROMPT_LENGTH), AfterValidator(_storable)
]
TitleText = Annotated[
    ValidText,
    WITHOUT_CONTROLS,
    StringConstraints(max_length=TITLE_LENGTH),
    AfterValidator(_one_line),
    AfterValidator(balanced),
    AfterValidator(_visible),
]
