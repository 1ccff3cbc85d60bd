"""A few HTML tags that models write where Markdown has nothing: `<br>`, `<sub>`, `<sup>`, `<kbd>`
and `<mark>`, each without attributes. All else that looks like a tag is text."""

import re
from collections.abc import Iterable
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

BREAK = re.compile(r"<br[ \t]*/?>", re.ASCII | re.IGNORECASE)
TAG = re.compile(r"<(/?)(sub|sup|kbd|mark)>", re.ASCII | re.IGNORECASE)
UNPAIRED = "tag"  # the type of a token, until its counterpart is found


def add_to(markdown: MarkdownIt) -> None:
    """Render these tags, where they are in pairs."""
    markdown.inline.ruler.before("autolink", "tag", _tag)
    markdown.core.ruler.after("inline", "tag_pairs", _pair_all)


def _tag(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("<", state.pos):
        return False
    found = BREAK.match(state.src, state.pos) or TAG.match(state.src, state.pos)
    if not found:
        return False
    if not silent:
        _push(state, found)
    state.pos = found.end()
    return True


def _push(state: StateInline, found: re.Match[str]) -> None:
    if found.re is BREAK:
        state.push("hardbreak", "br", 0)
        return
    token = state.push(UNPAIRED, "", 0)
    token.content = found[0]
    token.info = "" if found[1] else "opens"
    token.tag = found[2].lower()


def _pair_all(state: StateCore) -> None:
    for block in state.tokens:
        if block.children:
            _pair(block.children)


def _pair(tokens: list[Token]) -> None:
    """Make tags of those that are in pairs, properly nested in all else, and text of the others."""
    open_tokens: list[Token] = []
    for token in tokens:
        if token.nesting > 0 or token.info == "opens":
            open_tokens.append(token)
        elif token.nesting < 0:
            while open_tokens and open_tokens.pop().type == UNPAIRED:
                pass
        elif token.type == UNPAIRED and _continues(open_tokens, token):
            _become(open_tokens.pop(), 1)
            _become(token, -1)
        elif token.children:  # an image
            _pair(token.children)
    _give_up(token for token in tokens if token.type == UNPAIRED)


def _give_up(tokens: Iterable[Token]) -> None:
    for token in tokens:
        token.type = "text"


def _continues(open_tokens: list[Token], token: Token) -> bool:
    last = open_tokens[-1] if open_tokens else None
    return last is not None and last.type == UNPAIRED and last.tag == token.tag


def _become(token: Token, nesting: Literal[-1, 1]) -> None:
    token.type = f"{token.tag}_{'open' if nesting > 0 else 'close'}"
    token.nesting = nesting
