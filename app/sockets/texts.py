"""What counts as text, in what readers send: each kind is checked, and described as JSON Schema."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from app.models.conversation import TITLE_LENGTH

QUESTION_LENGTH = 32_000
# Named one by one: what `\S` means differs from one language's patterns to another's.
NOT_BLANK = re.compile(
    r"[^\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
)
CONTROLS = re.compile(r"[\u0000-\u001f\u007f-\u009f\u2028\u2029]")


def _storable(text: str) -> str:
    """Refuse what is no Unicode text: NUL, and halves of surrogate pairs."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("text must be valid Unicode without NUL")
    return text


def _not_blank(text: str) -> str:
    if not NOT_BLANK.search(text):
        raise ValueError("text must not be blank")
    return text


def _one_line(text: str) -> str:
    """Refuse what a page would show otherwise when it is loaded again."""
    if CONTROLS.search(text):
        raise ValueError("text must be one line, without control characters")
    return text


# What the validators refuse, for the JSON Schemas of docs/asyncapi.yaml, which have no words for
# halves of surrogate pairs.
WITHOUT_NUL = Field(json_schema_extra={"not": {"pattern": r"\u0000"}})
WITHOUT_CONTROLS = Field(json_schema_extra={"not": {"pattern": CONTROLS.pattern}})
WITH_MORE_THAN_BLANKS = Field(json_schema_extra={"pattern": NOT_BLANK.pattern})

Text = Annotated[str, WITHOUT_NUL, AfterValidator(_storable)]
Question = Annotated[
    # its length first: measured after the other checks, it would count as another kind of error
    str,
    WITHOUT_NUL,
    WITH_MORE_THAN_BLANKS,
    StringConstraints(max_length=QUESTION_LENGTH),
    AfterValidator(_storable),
    AfterValidator(_not_blank),
]
Title = Annotated[
    Text,
    WITHOUT_CONTROLS,
    StringConstraints(max_length=TITLE_LENGTH),
    AfterValidator(_one_line),
    AfterValidator(str.strip),
]
