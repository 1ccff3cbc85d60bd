"""Renders a text in pieces, and of a text that grows only what can still change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it.token import Token

from app.markdown import parse, parse_decided, to_html

PIECE_CHARACTERS = 16_000
LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")  # what comes after a last \r is not known yet
BLANK = re.compile(r"[ \t]*[\r\n]*\Z")

References = dict[str, Any]


@dataclass(slots=True)
class Section:
    """A part of the text that no later text can change, except for links: a definition of a link
    applies to the whole text. `version` is that of the definitions it was rendered with, `seen` how
    long the text was that showed that it is closed."""

    source: str
    html: str
    version: int
    seen: int


class GrowingText:
    """The HTML of one text in sections; joined, they are the HTML of the whole text.

    The rule is that of OpenBlocks in static/js/rendering.js: a block after a blank line ends
    everything before it, as soon as its line is complete or has started with a letter.
    """

    def __init__(self) -> None:
        self._sections: list[Section] = []
        self._closed = ""
        self._definitions: References = {}  # those in the closed part
        self._targets: Mapping[str, object] = {}
        self._version = 0
        self._size = PIECE_CHARACTERS
        self._is_open = False
        self._done = ("", "")  # the last text that was rendered, and its HTML

    def step(self, text: str, is_open: bool = False) -> str | None:
        """Render one more piece of `text`; return the HTML of all of it, or None until it is done.

        Text that continues the last one, or precedes it, is rendered from where it can differ. One
        that is open has not come to its own end: it is shown without half-open marks.
        """
        self._open(is_open)
        if self._done[0] == text:
            return self._done[1]
        self._rewind(text)
        window = text[len(self._closed) : len(self._closed) + self._size]
        references = dict(self._definitions)
        tokens = parse(window, references, is_open)
        self._note(references)
        if len(self._closed) + len(window) < len(text):
            self._close(window, tokens, references)
            return None
        if not self._link(references):
            return None
        rest = self._close(window, tokens, references)
        if is_open:
            rest = parse_decided(text[len(self._closed) :], rest, references)
        html = "".join(section.html for section in self._sections) + to_html(rest)
        self._done = (text, html)
        return html

    def _open(self, is_open: bool) -> None:
        """Begin another version if the text is open and was not, or the other way round: a footnote
        is marked before its definition has arrived only while there may be one."""
        if is_open != self._is_open:
            self._is_open, self._done = is_open, ("", "")
            self._version += 1

    def _rewind(self, text: str) -> None:
        """Forget the sections that are not closed in `text`."""
        count = len(self._sections)
        while self._sections and not self._continues(text):
            self._closed = self._closed[: -len(self._sections.pop().source)]
        if len(self._sections) < count:
            self._definitions = {
                label: each
                for label, each in self._definitions.items()
                if each["section"] < len(self._sections)
            }

    def _continues(self, text: str) -> bool:
        return self._sections[-1].seen <= len(text) and text.startswith(self._closed)

    def _note(self, references: References) -> None:
        """Begin another version if links lead elsewhere than before."""
        found = targets(references)
        if found != self._targets:
            self._targets = found
            self._version += 1

    def _close(self, text: str, tokens: list[Token], references: References) -> list[Token]:
        """Keep what no later text can change; return the tokens of what can."""
        offset, index, line = last_boundary(text, tokens)
        if index == 0:
            self._size *= 2  # one long block: the time for all pieces stays in proportion
            return tokens
        self._size = PIECE_CHARACTERS
        for label in references.keys() - self._definitions.keys():
            if references[label]["map"][0] < line:
                self._definitions[label] = references[label] | {"section": len(self._sections)}
        seen = len(self._closed) + len(text)
        html = to_html(tokens[:index])
        self._sections.append(Section(text[:offset], html, self._version, seen))
        self._closed += text[:offset]
        return tokens[index:]

    def _link(self, references: References) -> bool:
        """Render sections again that other definitions may apply to by now, as much as one piece;
        return whether there are none left."""
        characters = 0
        for section in self._sections:
            if section.version != self._version and "[" in section.source:
                if characters > PIECE_CHARACTERS:
                    return False
                characters += len(section.source)
                section.html = to_html(parse(section.source, dict(references), self._is_open))
            section.version = self._version
        return True


def targets(references: References) -> Mapping[str, object]:
    """Return what links lead to, by label."""
    return {label: (each["href"], each["title"]) for label, each in references.items()}


def last_boundary(text: str, tokens: Sequence[Token]) -> tuple[int, int, int]:
    """Return where the last block starts that ends what is before it: in the text, among its
    tokens, and by line. All are 0 where there is none."""
    starts: list[int] | None = None
    for index in range(len(tokens) - 1, 0, -1):
        token = tokens[index]
        if token.level or not token.map or not token.map[0]:
            continue
        starts = starts or [0, *(end.end() for end in LINE_END.finditer(text))]
        if _ends_previous(text, starts, token.map[0]):
            return starts[token.map[0]], index, token.map[0]
    return 0, 0, 0


def _ends_previous(text: str, starts: Sequence[int], line: int) -> bool:
    if line >= len(starts) or not BLANK.match(text[starts[line - 1] : starts[line]]):
        return False
    return line + 1 < len(starts) or text[starts[line] : starts[line] + 1].isalpha()
