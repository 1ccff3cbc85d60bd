"""The direction of each block: from its own first strong letter, as `dir="auto"` says.

A block of blocks, such as a list, has the direction of the first strong letter within it: "auto"
would not look into those that have a direction of their own, and browsers look through all of them
at every change.
"""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
STRONG = "A-Za-z\u00c0-\u02af\u0370-\U0010ffff"
NEUTRAL = "\u2000-\u2bff\u3000-\u3004\u3008-\u3020\ufe00-\ufe0f\uff00-\uff20\U0001f000-\U0001faff"
FIRST = re.compile(f"(?![{NEUTRAL}])[{STRONG}]")
FROM_RIGHT = re.compile(f"[{RIGHT}]")
LEAVES = {"paragraph_open", "heading_open", "th_open", "td_open", "summary_open"}
CONTAINERS = {
    f"{name}_open"
    for name in (
        *("bullet_list", "ordered_list", "list_item", "blockquote", "table"),
        *("details", "footnote"),
    )
}


def add_to(markdown: MarkdownIt) -> None:
    """Give every block a direction."""
    markdown.core.ruler.push("directions", _direct)


def _direct(state: StateCore) -> None:
    tokens = state.tokens
    for index, token in enumerate(tokens):
        if token.type in LEAVES:
            token.attrSet("dir", "auto")
        elif token.type in CONTAINERS:
            token.attrSet("dir", "rtl" if _is_from_right(tokens, index) else "ltr")


def _is_from_right(tokens: Sequence[Token], start: int) -> bool:
    for index in range(start + 1, len(tokens)):
        token = tokens[index]
        if token.level <= tokens[start].level:
            return False
        if token.type == "inline" and (strong := FIRST.search(token.content)):
            return FROM_RIGHT.match(strong[0]) is not None
    return False
