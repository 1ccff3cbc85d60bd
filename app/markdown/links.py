"""Addresses in a text: `https://…`, `http://…` and `www.…` are links."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

# An address ends at white space, at marks of Markdown and quotation marks, and at the punctuation
# of Chinese and Japanese. What other punctuation is at its end belongs to the sentence.
PART = (
    r'[^\x00-\x20"*<>\[\\\]`\x7f-\xa0\u1680\u2000-\u206f\u3000-\u303f\ufeff-\uff0f\uff1a-\uff20]*'
)
START = r"[A-Za-z0-9\u00a1-\U0010ffff]"
ADDRESS = re.compile(rf"https?://{START}{PART}|www\.{START}{PART}", re.ASCII | re.IGNORECASE)
WORD = re.compile(r"[A-Za-z0-9+./@_-]")
SCHEME = re.compile(r"https?\Z", re.ASCII | re.IGNORECASE)
TRAILING = "!?.,:;'~_&#$%-"


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each address in a text starts and ends."""
    for found in ADDRESS.finditer(text):
        if found.start() == 0 or not WORD.match(text[found.start() - 1]):
            yield found.start(), found.start() + len(trimmed(found[0]))


def trimmed(address: str) -> str:
    """Return an address without the punctuation of the sentence around it."""
    surplus = address.count(")") - address.count("(")
    end = len(address)
    while end and (address[end - 1] in TRAILING or (address[end - 1] == ")" and surplus > 0)):
        surplus -= address[end - 1] == ")"
        end -= 1
    return address[:end]


def target(address: str) -> str:
    """Return what an address that somebody wrote leads to."""
    return f"https://{address}" if address[:4].lower() == "www." else address


def link(address: str) -> list[Token]:
    """Return the tokens of a link to an address."""
    text = Token("text", "", 0, content=address)
    return [_open(address), text, Token("link_close", "a", -1)]


def add_to(markdown: MarkdownIt) -> None:
    """Make addresses links."""
    markdown.inline.ruler.after("text", "address", _address)
    markdown.core.ruler.after("inline", "addresses", _addresses)


def _address(state: StateInline, silent: bool) -> bool:
    """An address with a scheme, found at its colon: in it no other mark has a meaning."""
    if state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = SCHEME.search(state.src, max(0, state.pos - 5), state.pos)
    if not scheme:
        return False
    start = scheme.start()
    found = ADDRESS.match(state.src, start)
    if not found or (start and WORD.match(state.src[start - 1])):
        return False
    address = trimmed(found[0])
    if not silent:
        if not state.pending.endswith(scheme[0]):
            return False
        state.pending = state.pending[: -len(scheme[0])]
        state.push("link_open", "a", 1).attrs = _open(address).attrs
        state.push("text", "", 0).content = address
        state.push("link_close", "a", -1)
    state.pos = start + len(address)
    return True


def _addresses(state: StateCore) -> None:
    """Addresses without a scheme, in what is only text."""
    for block in state.tokens:
        if block.children:
            block.children = list(_linked(block.children))


def _linked(tokens: list[Token]) -> Iterator[Token]:
    inside = False
    for token in tokens:
        inside = token.type == "link_open" or (inside and token.type != "link_close")
        if inside or token.type != "text" or "www." not in token.content.lower():
            yield token
        else:
            yield from _split(token.content)


def _split(text: str) -> Iterator[Token]:
    done = 0
    for start, end in addresses(text):
        yield Token("text", "", 0, content=text[done:start])
        yield from link(text[start:end])
        done = end
    yield Token("text", "", 0, content=text[done:])


def _open(address: str) -> Token:
    return Token("link_open", "a", 1, attrs={"href": target(address)})
