"""Tables: in a box that may scroll sideways, for which it is focusable, with aligned columns; an
empty cell of the first row heads nothing."""

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore


def add_to(markdown: MarkdownIt) -> None:
    """Put tables into boxes."""
    markdown.core.ruler.push("table_columns", _align)
    markdown.core.ruler.push("table_headers", _demote_empty)
    markdown.add_render_rule("table_open", _open)
    markdown.add_render_rule("table_close", _close)


def _align(state: StateCore) -> None:
    for block in state.tokens:
        if style := block.attrs.pop("style", None):
            # Inline style is forbidden by the content security policy.
            block.attrSet("class", str(style).replace("text-align:", "align-"))


def _demote_empty(state: StateCore) -> None:
    for index, block in enumerate(state.tokens):
        if block.type == "th_open" and not state.tokens[index + 1].content:
            block.tag = state.tokens[index + 2].tag = "td"


def _open(renderer: Any, tokens: Any, index: int, *_: Any) -> str:
    attributes = renderer.renderAttrs(tokens[index])
    return f'<div class="table" tabindex="0"{attributes}><table>\n'


def _close(*_: Any) -> str:
    return "</table></div>\n"
