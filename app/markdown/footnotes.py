"""Footnotes: `[^1]` and, on a line of its own, `[^1]: …`, which stays where it is written.

The definition is kept like that of a link with the label `^1`. So everything that holds for those
holds for footnotes, also that a definition applies to the text before it while that grows.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

DEFINITION = re.compile(r"\[\^([A-Za-z0-9_.-]{1,32})\]:[ \t]*", re.ASCII)
INDENT = 4  # of further lines
TARGET = "#note-"


def add_to(markdown: MarkdownIt) -> None:
    """Render footnotes and what refers to them."""
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("reference", "footnote", _block, {"alt": interrupted})
    markdown.core.ruler.after("inline", "footnote_marks", _mark_all)


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    first = state.bMarks[start] + state.tShift[start]
    found = DEFINITION.match(state.src, first, state.eMarks[start])
    if not found or state.is_code_block(start):
        return False
    if not silent:
        _define(state, start, found[1])
        _parse(state, start, end, found)
    return True


def _define(state: StateBlock, line: int, label: str) -> None:
    definition = {"title": "", "href": TARGET + label, "map": [line, line + 1]}
    references = state.env.setdefault("references", {})
    references.setdefault(normalizeReference(f"^{label}"), definition)


def _parse(state: StateBlock, start: int, end: int, found: re.Match[str]) -> None:
    opened = state.push("footnote_open", "div", 1)
    opened.attrs = {"class": "footnote", "data-note": found[1]}
    before = state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType
    state.bMarks[start], state.tShift[start] = found.end(), 0
    state.blkIndent += INDENT
    state.sCount[start] = state.blkIndent
    state.parentType = "footnote"
    state.md.block.tokenize(state, start, end)
    state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType = before
    state.blkIndent -= INDENT
    state.push("footnote_close", "div", -1)
    state.line = max(state.line, start + 1)
    opened.map = [start, state.line]


def _mark_all(state: StateCore) -> None:
    for block in state.tokens:
        if block.children and any(TARGET in str(each.attrGet("href")) for each in block.children):
            block.children = _marked(block.children)


def _marked(tokens: list[Token]) -> list[Token]:
    marked: list[Token] = []
    inside = False
    for token in tokens:
        if token.type == "link_open" and str(token.attrGet("href")).startswith(TARGET):
            inside = True
            mark = Token("footnote_mark_open", "sup", 1, attrs={"class": "footnote-mark"})
            marked += [mark, token]
        elif inside and token.type == "link_close":
            inside = False
            marked += [token, Token("footnote_mark_close", "sup", -1)]
        elif inside and token.type == "text":
            token.content = token.content.removeprefix("^")
            marked.append(token)
        else:
            marked.append(token)
    return marked
