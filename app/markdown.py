"""Markdown to HTML: the twin of static/js/markdown.js, which gives the same HTML byte for byte.

Whatever is switched on here must be switched on there, and `tests/test_markdown.py` compares them.
"""

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

LINK = re.compile(r"(?:https?://|mailto:)", re.ASCII | re.IGNORECASE)
REL = "noopener noreferrer nofollow"


def render(text: str) -> str:
    """Return `text`, CommonMark with tables and strikethrough, as HTML that is safe to show.

    Raw HTML is shown as text, an image is a link to it, and a link leads to http, https or mailto.
    """
    return to_html(parse(text, {}))


def parse(text: str, references: dict[str, Any]) -> list[Token]:
    """Return the tokens of `text`, whose links may use these definitions; adds its own to them."""
    return _markdown.parse(text, {"references": references})


def to_html(tokens: list[Token]) -> str:
    """Return the HTML of tokens from `parse`."""
    return str(_markdown.renderer.render(tokens, _markdown.options, {}))


class _Renderer(RendererHTML):
    """Puts code, which may scroll sideways, within reach of the keyboard."""

    def fence(self, *where: Any) -> str:
        return _focusable(super().fence(*where))

    def code_block(self, *where: Any) -> str:
        return _focusable(super().code_block(*where))


def _focusable(html: str) -> str:
    return html.replace("<pre>", '<pre tabindex="0">', 1)


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


def _harden(state: StateCore) -> None:
    for block in state.tokens:
        if block.children:
            block.children = _hardened(block.children)
        if style := block.attrs.pop("style", None):
            # A table's column; inline style is forbidden by the content security policy.
            block.attrSet("class", str(style).replace("text-align:", "align-"))
        if block.type == "table_open":  # may scroll sideways, too
            block.attrSet("tabindex", "0")


def _hardened(tokens: list[Token]) -> list[Token]:
    """Return inline `tokens`, images as links (inside a link as text), every link with `rel`."""
    hardened: list[Token] = []
    inside = False
    for token in tokens:
        inside = token.type == "link_open" or (inside and token.type != "link_close")
        hardened += [token] if token.type != "image" else _image_as_text(token, inside)
    for token in hardened:
        if token.type == "link_open":
            token.attrSet("rel", REL)
    return hardened


def _image_as_text(image: Token, inside: bool) -> list[Token]:
    url = str(image.attrs.pop("src"))
    del image.attrs["alt"]
    alt = RendererHTML().renderInlineAsText(image.children, _markdown.options, {})
    text = Token("text", "", 0, content=alt or url)
    if inside:
        return [text]
    link = Token("link_open", "a", 1, attrs={"href": url, **image.attrs})
    return [link, text, Token("link_close", "a", -1)]


def _make() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False}, renderer_cls=_Renderer)
    markdown.enable(["table", "strikethrough"])
    markdown.validateLink = _is_allowed  # type: ignore[method-assign]
    markdown.core.ruler.before("block", "drop_byte_order_marks", _drop_byte_order_marks)
    markdown.inline.ruler.before("escape", "backslash_space", _backslash_space)
    markdown.core.ruler.push("harden", _harden)
    return markdown


_markdown = _make()
