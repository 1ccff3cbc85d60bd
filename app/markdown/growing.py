"""The last block of a text that has not come to its own end is rendered without open marks.

Only where the environment's `is_growing` says so: what has ended by itself is rendered as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from app.markdown.open_marks import without_open_marks

ENDED = re.compile(r"\n[ \t>]*\n[ \t>]*\Z")  # by a blank line
PROSE = re.compile(r"[,.;:!?)]")
FOOTNOTE = re.compile(r"\[\^([A-Za-z0-9_.-]{1,32})\]")
CLOSING_NUMBER_SIGNS = re.compile(r"[ \t]#+\Z")


def add_to(markdown: MarkdownIt) -> None:
    """Let texts grow."""
    markdown.core.ruler.before("inline", "growing", _hold_back)
    markdown.core.ruler.after("inline", "grown", _complete)
    markdown.inline.ruler2.after("balance_pairs", "growing", _close_emphasis)


def _hold_back(state: StateCore) -> None:
    is_open = state.env.get("is_growing") and not ENDED.search(state.src)
    texts = _last_texts(state.tokens, state.src) if is_open else []
    for token in texts:
        token.content = _closed(token.content)
    state.env["open"] = {id(token.children) for token in texts}


def _complete(state: StateCore) -> None:
    if not state.env.get("is_growing"):
        return
    for token in state.tokens:
        if token.children is not None:
            if id(token.children) in state.env["open"]:
                _close_tags(token.children)
            token.children = [each for child in token.children for each in _with_footnotes(child)]


def last_text(tokens: list[Token]) -> int:
    """Return the index of the last token that does not only close another one, or -1."""
    return max((index for index, token in enumerate(tokens) if token.nesting >= 0), default=-1)


def _last_texts(tokens: list[Token], src: str) -> list[Token]:
    """Return the tokens that may still grow: of the last paragraph, heading or row of a table."""
    last = last_text(tokens)
    if last < 0 or tokens[last].type != "inline":
        return []
    after = tokens[last + 1].type
    if after != "paragraph_close" and src.endswith("\n"):
        return []
    if not after.startswith("t"):
        return [tokens[last]]
    starts = ("tr_open", "paragraph_open")
    row = max(index for index, token in enumerate(tokens) if token.type in starts)
    return [token for token in tokens[row:] if token.type == "inline"]


def _closed(content: str) -> str:
    """Return the text of a block without the marks that are open at its end; what is open is closed
    below."""
    is_heading = content.startswith("#")
    return without_open_marks(content if is_heading else CLOSING_NUMBER_SIGNS.sub("", content))


def _close_tags(tokens: list[Token]) -> None:
    """Close the tags that are open."""
    names: list[str] = []
    for token in tokens:
        if token.type != "tag":
            continue
        if token.info == "opens":
            names.append(token.tag)
        elif names[-1:] == [token.tag]:
            names.pop()
    tokens += [Token("tag", name, 0) for name in reversed(names)]


def _with_footnotes(token: Token) -> Iterator[Token]:
    """Mark footnotes without a definition, which had not arrived yet."""
    end = 0
    for found in FOOTNOTE.finditer(token.content) if token.type == "text" else ():
        yield _text(token.content[end : found.start()])
        yield Token("footnote_mark_open", "sup", 1, attrs={"class": "footnote-mark"})
        yield _text(found[1])
        yield Token("footnote_mark_close", "sup", -1)
        end = found.end()
    yield _text(token.content[end:]) if end else token


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _following(tokens: list[Token]) -> list[str]:
    """Return for each token the text of the next one that differs from it."""
    texts = [""]
    for token, after in reversed(list(pairwise([*tokens, _text("")]))):
        texts.append(texts[-1] if after.content == token.content else after.content)
    return texts[:0:-1]


def _close_emphasis(state: StateInline) -> None:
    """Close the emphasis that is open, the innermost first."""
    if id(state.tokens) not in state.env.get("open", ()):
        return
    following = _following(state.tokens)
    for opener in reversed(list(state.delimiters)):
        if not opener.open or opener.end >= 0:
            continue
        if PROSE.match(following[opener.token]):
            continue  # the mark is spoken about, as in "not *, but +"
        state.push("text", "", 0).content = state.tokens[opener.token].content
        opener.end = len(state.delimiters)
        end = replace(opener, token=len(state.tokens) - 1, end=-1, open=False, close=True)
        state.delimiters.append(end)
