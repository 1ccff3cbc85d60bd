"""What a person typed, as typed: every character, blank and line of it, in this order.

The text of the HTML is the text itself. Blocks of code between fences, quotations, addresses and
mentions look better, and nothing else is interpreted. The twin is static/js/markdown/typed.js.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from markdown_it.common.utils import escapeHtml

from app.markdown.code import box
from app.markdown.hardening import REL
from app.markdown.links import addresses, target
from app.markdown.mentions import mentions

LINE_END = re.compile(r"\r\n?")  # as HTML reads them
LINE = re.compile(r"[^\n]*\n|[^\n]+")
FENCE = re.compile(  # each character can belong to one part of it only: no line takes long
    r" {0,3}(?:(`{3,})[ \t]*(?![ \t])([^ \t\n`]*)(?:[ \t][^`\n]*)?"
    r"|(~{3,})[ \t]*([^ \t\n]*)[^\n]*)\n?\Z"
)
QUOTED = re.compile(r">(?:[ \t]|\n?\Z)")


class Code(NamedTuple):
    """Lines of code between their fences, of which the last may be missing."""

    opening: str
    lines: Sequence[str]
    closing: Sequence[str]
    language: str


class Quotation(NamedTuple):
    """Lines that begin with `>`: somebody else's words."""

    text: str


class Mark(NamedTuple):
    """A part of a text that looks better: a mention of a name, or an address where that is ""."""

    start: int
    end: int
    name: str


def render_typed(text: str, names: Sequence[str] = ()) -> str:
    """Return `text` as HTML that is safe to show, with mentions of these names."""
    parts = _parts(_lines(text))
    return "".join(_html(part, names) for part in parts)


def mentioned(text: str, names: Sequence[str]) -> list[str]:
    """Return which of these names are mentioned in `text`, each once, in this order; not in code,
    in quotations or in addresses."""
    prose = (part for part in _parts(_lines(text)) if isinstance(part, str))
    found = (mark.name for part in prose for mark in _marks(part, names) if mark.name)
    return list(dict.fromkeys(found))


def _lines(text: str) -> list[str]:
    return LINE.findall(LINE_END.sub("\n", text).replace("\0", "\ufffd"))


def _parts(lines: Sequence[str]) -> Iterator[str | Quotation | Code]:
    """Yield the text in its order: what is between quotations and blocks of code, and these."""
    index = start = 0
    while index < len(lines):
        if opening := FENCE.match(lines[index]):
            yield from _prose(lines[start:index])
            end = _end(lines, index + 1, opening[1] or opening[3])
            language = opening[2] or opening[4] or ""
            yield Code(lines[index], lines[index + 1 : end], lines[end : end + 1], language)
            index = start = end + 1
        else:
            index += 1
    yield from _prose(lines[start:])


def _prose(lines: Sequence[str]) -> Iterator[str | Quotation]:
    for is_quoted, group in groupby(lines, key=lambda line: QUOTED.match(line) is not None):
        text = "".join(group)
        yield Quotation(text) if is_quoted else text


def _end(lines: Sequence[str], index: int, marks: str) -> int:
    """Return the index of the line that closes the code, or of the end."""
    closing = re.compile(rf" {{0,3}}{marks[0]}{{{len(marks)},}}[ \t]*\n?\Z")
    while index < len(lines) and not closing.match(lines[index]):
        index += 1
    return index


def _html(part: str | Quotation | Code, names: Sequence[str]) -> str:
    if isinstance(part, Code):
        return _fenced(part)
    if isinstance(part, Quotation):
        return f'<blockquote dir="auto">{"".join(_marked(part.text, ()))}</blockquote>'
    return f'<p dir="auto">{"".join(_marked(part, names))}</p>'


def _marked(text: str, names: Sequence[str]) -> Iterator[str]:
    done = 0
    for start, end, name in _marks(text, names):
        part = escapeHtml(text[start:end])
        yield escapeHtml(text[done:start])
        if name:
            yield f'<span class="mention">{part}</span>'
        else:
            yield f'<a href="{target(part)}" rel="{REL}">{part}</a>'
        done = end
    yield escapeHtml(text[done:])


def _marks(text: str, names: Sequence[str]) -> list[Mark]:
    """Return the addresses in a text, and the mentions that are not in one."""
    links = [Mark(start, end, "") for start, end in addresses(text)]
    found = [
        Mark(*mention)
        for mention in (mentions(text, names) if names else ())
        if not any(link.start < mention[1] and mention[0] < link.end for link in links)
    ]
    return sorted(links + found)


def _fenced(code: Code) -> str:
    closing = "".join(map(_fence, code.closing))
    return f"{_fence(code.opening)}{_code(code.lines, code.language)}{closing}"


def _fence(line: str) -> str:
    return f'<p class="fence">{escapeHtml(line)}</p>'


def _code(lines: Sequence[str], language: str) -> str:
    name = f' class="language-{escapeHtml(language)}"' if language else ""
    code = escapeHtml("".join(lines))
    return box(f"<pre><code{name}>{code}</code></pre>") if code else ""
