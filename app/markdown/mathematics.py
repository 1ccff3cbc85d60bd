r"""Mathematics: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`, kept to the letter for the browser to draw.

A dollar sign is also money. `$…$` is mathematics if there is no blank inside of either sign, no
letter or digit before the first one and no digit after the last one, and if it does not begin like
`5 and` or `HOME is`: an amount or a name, and then a word.
"""

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

PROSE = r"(?:[0-9](?:[0-9.,]*[0-9KMBkmb])?|[A-Za-z_]{2,})[.,;:!?)]*[ \t]+[A-Za-z]{2}"
DOLLARS = re.compile(
    rf"(?<![A-Za-z0-9$])\$(?![ \t\n]|{PROSE})"
    r"(?:[^$\\\n]|\\[^\n]){1,1000}(?<![ \t])\$(?![0-9$])"
)
DISPLAYED_DOLLARS = re.compile(r"\$\$(?:[^$\\]|\\[\s\S]|\$(?!\$)){1,2000}\$\$(?!\$)")
ROUND = re.compile(r"\\\((?:[^\\]|\\[^)]){1,1000}\\\)")
SQUARE = re.compile(r"\\\[(?:[^\\]|\\[^\]]){1,2000}\\\]")
CLOSING = {"$$": "$$", "\\[": "\\]"}
MOST_LINES = 100


def add_to(markdown: MarkdownIt) -> None:
    """Keep mathematics as it is, in elements of the class `math`."""
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("fence", "math_block", _block, {"alt": interrupted})
    markdown.inline.ruler.before("backslash_space", "math", _inline)
    markdown.add_render_rule("math", _render_inline)
    markdown.add_render_rule("math_block", _render_block)


def _inline(state: StateInline, silent: bool) -> bool:
    pattern = _pattern_at(state.src, state.pos)
    found = pattern and pattern.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        token = state.push("math", "span", 0)
        token.content = found[0]
        token.info = "" if pattern in (DOLLARS, ROUND) else "display"
    state.pos = found.end()
    return True


def _pattern_at(text: str, index: int) -> re.Pattern[str] | None:
    opening = text[index : index + 2]
    if opening.startswith("$"):
        return DISPLAYED_DOLLARS if opening == "$$" else DOLLARS
    return {"\\(": ROUND, "\\[": SQUARE}.get(opening)


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    r"""Lines from one that starts with `$$` or `\[` to one that ends with its counterpart; there is
    no blank one between them."""
    opening = state.src[state.bMarks[start] + state.tShift[start] :][:2]
    if opening not in CLOSING or state.is_code_block(start):
        return False
    after = _line_after(state, start, end, CLOSING[opening])
    if after is None:
        return False
    content = state.getLines(start, after, state.sCount[start], False).strip(" \t")
    if content.find(CLOSING[opening], 2) != len(content) - 2 or not content[2:-2].strip(" \t\n"):
        return False
    if not silent:
        token = state.push("math_block", "div", 0)
        token.content = content
        token.map = [start, after]
        state.line = after
    return True


def _line_after(state: StateBlock, start: int, end: int, closing: str) -> int | None:
    """Return the number of the line after the one that ends with `closing`."""
    failed: dict[str, int] = state.env.setdefault("unclosed_math", {})
    if start < failed.get(closing, 0):
        return None
    line = start
    while line < min(end, start + MOST_LINES) and not state.isEmpty(line):
        if line > start and state.sCount[line] < state.blkIndent:
            break
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
        if closing in (text[2:] if line == start else text):
            return line + 1
        line += 1
    failed[closing] = line
    return None


def _render_inline(_: RendererHTML, tokens: list[Token], index: int, *_rest: Any) -> str:
    kind = "math math-display" if tokens[index].info else "math"
    return f'<span class="{kind}" dir="ltr">{escapeHtml(tokens[index].content)}</span>'


def _render_block(_: RendererHTML, tokens: list[Token], index: int, *_rest: Any) -> str:
    content = escapeHtml(tokens[index].content)
    return f'<div class="math math-display" dir="ltr" tabindex="0">{content}</div>\n'
