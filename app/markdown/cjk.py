"""Emphasis beside Chinese, Japanese and Korean, which put no spaces around it.

CommonMark's rule for what opens and closes emphasis, amended as in
https://github.com/tats-u/markdown-cjk-friendly: a character of these languages counts neither as a
letter that continues a word nor as punctuation that stands apart from it.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fff\u3001-\ua4cf\ua960-\ua97f\uac00-\ud7ff"
    "\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00016fe0-\U00018dff"
    "\U0001aff0-\U0001b2ff\U00020000-\U0003ffff]"
)


def add_to(markdown: MarkdownIt) -> None:
    """Use this rule for all marks of emphasis."""
    inline = _Parser()
    inline.ruler, inline.ruler2 = markdown.inline.ruler, markdown.inline.ruler2
    markdown.inline = inline


class _Parser(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        length = super().scanDelims(start, canSplitWord).length
        end = start + length
        before = self.src[start - 1] if start > 0 else " "
        after = self.src[end] if end < self.posMax else " "
        opens, closes = _flanks(before, after), _flanks(after, before)
        return Scanned(
            opens and (canSplitWord or not closes or _is_punctuation(before)),
            closes and (canSplitWord or not opens or _is_punctuation(after)),
            length,
        )


def _flanks(outside: str, inside: str) -> bool:
    """Return whether a mark between these two characters may stand at an edge of `inside`."""
    if isWhiteSpace(ord(inside)):
        return False
    return (
        not _is_punctuation(inside)
        or CJK.match(inside) is not None
        or isWhiteSpace(ord(outside))
        or _is_punctuation(outside)
        or CJK.match(outside) is not None
    )


def _is_punctuation(char: str) -> bool:
    return isMdAsciiPunct(ord(char)) or isPunctChar(char)
