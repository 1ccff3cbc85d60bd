"""What a person typed, as typed: every character, blank and line of it, in this order.

The text of the HTML is the text itself. Blocks of code between fences and addresses look better,
and nothing else is interpreted. The twin is static/js/typed-text.js.
"""

import re
from collections.abc import Iterator, Sequence

from markdown_it.common.utils import escapeHtml

from app.markdown.code import box
from app.markdown.hardening import REL
from app.markdown.links import addresses, target

LINE_END = re.compile(r"\r\n?")  # as HTML reads them
LINE = re.compile(r"[^\n]*\n|[^\n]+")
FENCE = re.compile(  # each character can belong to one part of it only: no line takes long
    r" {0,3}(?:(`{3,})[ \t]*(?![ \t])([^ \t\n`]*)(?:[ \t][^`\n]*)?"
    r"|(~{3,})[ \t]*([^ \t\n]*)[^\n]*)\n?\Z"
)


def render_typed(text: str) -> str:
    """Return `text` as HTML that is safe to show."""
    lines = LINE.findall(LINE_END.sub("\n", text).replace("\0", "\ufffd"))
    return "".join(_blocks(lines))


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    index = start = 0
    while index < len(lines):
        if opening := FENCE.match(lines[index]):
            yield _paragraph(lines[start:index])
            end = _end(lines, index + 1, opening[1] or opening[3])
            yield _fence(lines[index])
            yield _code(lines[index + 1 : end], opening[2] or opening[4] or "")
            yield from map(_fence, lines[end : end + 1])
            index = start = end + 1
        else:
            index += 1
    yield _paragraph(lines[start:])


def _end(lines: Sequence[str], index: int, marks: str) -> int:
    """Return the index of the line that closes the code, or of the end."""
    closing = re.compile(rf" {{0,3}}{marks[0]}{{{len(marks)},}}[ \t]*\n?\Z")
    while index < len(lines) and not closing.match(lines[index]):
        index += 1
    return index


def _paragraph(lines: Sequence[str]) -> str:
    text = "".join(lines)
    return f'<p dir="auto">{"".join(_linked(text))}</p>' if text else ""


def _linked(text: str) -> Iterator[str]:
    done = 0
    for start, end in addresses(text):
        address = escapeHtml(text[start:end])
        yield escapeHtml(text[done:start])
        yield f'<a href="{target(address)}" rel="{REL}">{address}</a>'
        done = end
    yield escapeHtml(text[done:])


def _fence(line: str) -> str:
    return f'<p class="fence">{escapeHtml(line)}</p>'


def _code(lines: Sequence[str], language: str) -> str:
    name = f' class="language-{escapeHtml(language)}"' if language else ""
    code = escapeHtml("".join(lines))
    return box(f"<pre><code{name}>{code}</code></pre>") if code else ""
