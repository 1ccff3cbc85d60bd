"""`<details>` and `<summary>`, each on lines of their own, around Markdown."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

OPENING = re.compile(
    r"<details([ \t]+open)?>[ \t]*(?:<summary>(.*)</summary>)?[ \t]*\Z", re.ASCII | re.IGNORECASE
)
SUMMARY = re.compile(r"<summary>(.*)</summary>[ \t]*\Z", re.ASCII | re.IGNORECASE)
CLOSING = re.compile(r"</details>[ \t]*\Z", re.ASCII | re.IGNORECASE)
UNNAMED = "Details"


def add_to(markdown: MarkdownIt) -> None:
    """Render these tags; without its end, the element goes on to the end of the block around it."""
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("fence", "details", _block, {"alt": interrupted})


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    opening = OPENING.match(_text(state, start))
    if not opening:
        return False
    if not silent:
        _parse(state, start, end, opening)
    return True


def _parse(state: StateBlock, start: int, end: int, opening: re.Match[str]) -> None:
    last, is_closed = _last_line(state, start, end)
    opened = state.push("details_open", "details", 1)
    opened.map = [start, last]
    if opening[1]:
        opened.attrSet("open", "")
    content = _summary(state, start, last, opening[2])
    outer_max, outer_type = state.lineMax, state.parentType
    state.lineMax, state.parentType = last, "details"
    state.md.block.tokenize(state, content, last)
    state.lineMax, state.parentType = outer_max, outer_type
    state.push("details_close", "details", -1)
    state.line = last + 1 if is_closed else last
    opened.map = [start, state.line]


def _last_line(state: StateBlock, start: int, end: int) -> tuple[int, bool]:
    """Return the line of the end tag, or the line after the last one, and whether there is one."""
    depth, line = 1, start + 1
    while line < end and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        text = _text(state, line)
        if text.startswith("<"):
            depth += bool(OPENING.match(text)) - bool(CLOSING.match(text))
        if depth == 0:
            return line, True
        line += 1
    return line, False


def _summary(state: StateBlock, start: int, end: int, text: str | None) -> int:
    """Push the summary; return the line after it."""
    line = start + 1
    if text is None and line < end and (found := SUMMARY.match(_text(state, line))):
        text, line = found[1], line + 1
    state.push("summary_open", "summary", 1)
    inline = state.push("inline", "", 0)
    inline.content = (text or "").strip(" \t") or UNNAMED
    inline.map = [start, line]
    inline.children = []
    state.push("summary_close", "summary", -1)
    return line


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
