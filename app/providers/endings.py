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

# In the finish reasons of all servers; the first one counts.
LENGTH = re.compile(r"length|max_.*token|token_limit|time_limit|context_window|^(output_)?limit")
FILTER = re.compile(
    r"filter|safety|moderat|recitation|blocklist|blocked|prohibited|spii|sensitive|guardrail"
    r"|language|toxic|policy|harm"
)
REFUSAL = re.compile(r"refus|decline")
TOOLS = re.compile(r"tool|function")
LONGEST_REASON = 100
NOT_YET = {"", "null", "none", "not_finished"}  # watsonx
NAMESPACE = re.compile(r".*[:.]\s*(?=\w)", re.DOTALL)
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

    Others write MAX_TOKENS, MaxTokens, max-tokens, FINISH_REASON_MAX_TOKENS, and
    FinishReason.MAX_TOKENS; Google also writes `content_filter: PROHIBITED_CONTENT`.
    """
    text = str(value)[:LONGEST_REASON] if value and not isinstance(value, (dict, list)) else ""
    words = WORD_BREAK.sub("_", NAMESPACE.sub("", text.strip())).lower()
    return words.removeprefix("finish_reason_") if words not in NOT_YET else None


def broken(reason: str | None) -> ProviderError | None:
    """Return the error of an answer that ended for this reason; None if that is an end."""
    if reason is None:
        return TransientError(UNFINISHED)
    return TransientError(BROKEN[reason]) if reason in BROKEN else None


def is_cut(reason: str) -> bool:
    """Return whether an answer that ended for this reason has reached a length limit."""
    return LENGTH.search(reason) is not None


def note_for(
    reason: str, *, has_text: bool, asked_for_tool: bool = False, declined: bool = False
) -> str | None:
    """Return the sentence about an answer that ended for this reason; None if all is well."""
    if is_cut(reason):
        return CUT if has_text else USED_UP
    if FILTER.search(reason):
        return WITHHELD if has_text else FILTERED
    if declined or REFUSAL.search(reason):
        return REFUSED
    if TOOLS.search(reason) or (asked_for_tool and not has_text):
        return TOOL
    return None if has_text else EMPTY
