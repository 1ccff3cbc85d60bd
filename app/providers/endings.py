"""Why an answer ended, and what to say of one that is not all that was meant.

`failed`, with an error, is an answer that did not reach its end. One that did is `complete`, also
if it was cut short or has no text at all: then its note says why.
"""

from __future__ import annotations

import re

from app.providers.base import ProviderError, TransientError
from app.providers.errors import TROUBLE, UNFINISHED

CUT = "The answer was cut off: the model reached its length limit."
USED_UP = "The model reached its length limit before it had begun to answer."
WITHHELD = "The rest of this answer was withheld by a content filter of the model's provider."
FILTERED = "The model's provider withheld this answer."
REFUSED = "The model declined to answer."
TOOL = "The model asked for a tool that is not available here."
EMPTY = "The model ended without an answer."

LENGTH = set(
    "length max_tokens max_output_tokens max_new_tokens max_length model_length length_limit"
    " token_limit time_limit model_context_window_exceeded context_length_exceeded".split()
)
FILTER = set(
    "content_filter content_filtered safety recitation blocklist prohibited_content spii"
    " image_safety sensitive guardrail_intervened language error_toxic".split()
)
TOOLS = set(
    "tool_calls tool_call tool_use function_call malformed_function_call"
    " unexpected_tool_call too_many_tool_calls".split()
)
NOT_YET = {"", "null", "none", "not_finished"}  # watsonx
WORD_BREAK = re.compile(r"[\s-]+|(?<=[a-z])(?=[A-Z])")
BROKEN = {  # no end at all; beside each, who says so
    "error": TROUBLE,  # OpenRouter
    "network_error": TROUBLE,  # Z.ai
    "insufficient_system_resource": TROUBLE,  # DeepSeek
    "abort": UNFINISHED,  # vLLM, SGLang
    "cancelled": UNFINISHED,
    "timeout": UNFINISHED,  # Cohere
}


def reason_in(value: object) -> str | None:
    """Return a finish reason like `max_tokens`; None if `value` is none (yet).

    Others write MAX_TOKENS, MaxTokens, max-tokens, FINISH_REASON_MAX_TOKENS; Google also writes
    `content_filter: PROHIBITED_CONTENT`.
    """
    text = str(value).strip() if value and not isinstance(value, (dict, list)) else ""
    words = WORD_BREAK.sub("_", text.rpartition(":")[2].strip()).lower()
    return words.removeprefix("finish_reason_") if words not in NOT_YET else None


def broken(reason: str | None) -> ProviderError | None:
    """Return the error of an answer that ended for this reason; None if that is an end."""
    if reason is None:
        return TransientError(UNFINISHED)
    return TransientError(BROKEN[reason]) if reason in BROKEN else None


def note_for(
    reason: str, *, has_text: bool, asked_for_tool: bool = False, declined: bool = False
) -> str | None:
    """Return the sentence about an answer that ended for this reason; None if all is well."""
    if reason in LENGTH:
        return CUT if has_text else USED_UP
    if reason in FILTER:
        return WITHHELD if has_text else FILTERED
    if declined or reason == "refusal":
        return REFUSED
    if reason in TOOLS or (asked_for_tool and not has_text):
        return TOOL
    return None if has_text else EMPTY
