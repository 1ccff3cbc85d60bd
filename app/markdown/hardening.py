"""Images become links to them: nothing is loaded that a model has chosen. Links tell nobody."""

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

REL = "noopener noreferrer nofollow"


def add_to(markdown: MarkdownIt) -> None:
    """Harden images and links."""

    def harden(state: StateCore) -> None:
        for block in state.tokens:
            if block.children:
                block.children = _hardened(block.children, markdown)

    markdown.core.ruler.push("harden", harden)


def _hardened(tokens: list[Token], markdown: MarkdownIt) -> list[Token]:
    """Return inline `tokens`, images as links (inside a link as text), every link with `rel`."""
    hardened: list[Token] = []
    inside = False
    for token in tokens:
        inside = token.type == "link_open" or (inside and token.type != "link_close")
        hardened += [token] if token.type != "image" else _as_text(token, inside, markdown)
    for token in hardened:
        if token.type == "link_open" and not str(token.attrGet("href")).startswith("#"):
            token.attrSet("rel", REL)
    return hardened


def _as_text(image: Token, inside: bool, markdown: MarkdownIt) -> list[Token]:
    url = str(image.attrs.pop("src"))
    del image.attrs["alt"]
    alt = RendererHTML().renderInlineAsText(image.children, markdown.options, {})
    text = Token("text", "", 0, content=alt or url)
    if inside:
        return [text]
    link = Token("link_open", "a", 1, attrs={"href": url, **image.attrs})
    return [link, text, Token("link_close", "a", -1)]
