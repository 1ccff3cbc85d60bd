"""Markdown to HTML: the twin of static/js/markdown.js, which gives the same HTML byte for byte.

Whatever is switched on here must be switched on there, and `tests/test_markdown.py` compares them.
Each module here has a twin of its own: links.py is static/js/markdown/links.js, and so on.
"""

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from app.markdown import (
    cjk,
    code,
    details,
    directions,
    footnotes,
    growing,
    hardening,
    links,
    mathematics,
    tables,
    tags,
    tasks,
)
from app.markdown.mentions import mentionable
from app.markdown.open_marks import decided
from app.markdown.typed import mentioned, render_typed

__all__ = [
    "mentionable",
    "mentioned",
    "parse",
    "parse_decided",
    "render",
    "render_typed",
    "to_html",
]

LINK = re.compile(r"(?:https?://|mailto:)", re.ASCII | re.IGNORECASE)
# In this order: the later ones find what the earlier ones have made.
PLUGINS: tuple[Any, ...] = (
    *(cjk, code, links, mathematics, details, tables),
    *(footnotes, tags, tasks, hardening, directions, growing),
)


def render(text: str) -> str:
    """Return `text`, CommonMark with what docs/page.md lists, as HTML that is safe to show.

    Raw HTML is shown as text but for a few tags, an image is a link to it, and a link leads to
    http, https or mailto.
    """
    return to_html(parse(text, {}))


def parse(text: str, references: dict[str, Any], is_growing: bool = False) -> list[Token]:
    """Return the tokens of `text`, whose links may use these definitions; adds its own to them.

    Of a text that grows, what is open at its end is closed or left out.
    """
    return _markdown.parse(text, {"references": references, "is_growing": is_growing})


def parse_decided(text: str, tokens: list[Token], references: dict[str, Any]) -> list[Token]:
    """Return the tokens of a text that grows without what can't be decided yet at its end."""
    last = growing.last_text(tokens)
    ends = last + 1 if last >= 0 and tokens[last].type == "inline" else last
    shown = decided(text, tokens[ends].type if tokens else "")
    return tokens if shown == text else parse(shown, references, is_growing=True)


def to_html(tokens: list[Token]) -> str:
    """Return the HTML of tokens from `parse`."""
    return str(_markdown.renderer.render(tokens, _markdown.options, {}))


def _is_allowed(url: str) -> bool:
    return LINK.match(url) is not None


def _drop_byte_order_marks(state: StateCore) -> None:
    # As white space it counts in JavaScript and not here; nobody sees it.
    state.src = state.src.replace("\ufeff", "")


def _backslash_space(state: StateInline, silent: bool) -> bool:
    # The space stays free to be part of a line break; this library's own rule would take both.
    if not state.src.startswith("\\ ", state.pos):
        return False
    if not silent:
        state.pending += "\\"
    state.pos += 1
    return True


def _make() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False})
    markdown.enable(["table", "strikethrough"])
    markdown.validateLink = _is_allowed  # type: ignore[method-assign]
    markdown.core.ruler.before("block", "drop_byte_order_marks", _drop_byte_order_marks)
    markdown.inline.ruler.before("escape", "backslash_space", _backslash_space)
    for plugin in PLUGINS:
        plugin.add_to(markdown)
    return markdown


_markdown = _make()
