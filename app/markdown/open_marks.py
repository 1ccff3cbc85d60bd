"""What is held back of a text that has not come to its own end: a text that grows, or an answer
that was stopped, so that no half-open mark is seen.

An open emphasis or code is closed. What can't be decided is left out: a lone `**` or `-`, a link or
mathematics without its end, the first row of a table: without a pipe before it, from its first
" |" on.

Lengths are counted as JavaScript does, in units of UTF-16, so that its twin leaves out the same.
"""

import re
import struct
from typing import NamedTuple

from app.markdown.mathematics import DISPLAYED_DOLLARS, DOLLARS, PROSE, ROUND, SQUARE

LONGEST = 2_000  # units without their end: then it is text
PREFIX = r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*"
UNDECIDED_LINES = (
    r"(?:[-+*=_~`#|: \t]+|\d{1,9}[.)]?)",  # of a list, a heading, a line across, a fence
    r"(?:`{3,}|~{3,})[^`\n]*",
    r"<\/?[a-z]{0,7}(?:[ \t]+[a-z]{0,4})?",
    r"\[(?!\^)[^\]\n]*\]:[^\n]*",  # a definition of a link
    r"\|[^\n]*(?:\n[ \t>|:-]*)?",  # the first row of a table
    r"<details(?:[ \t]+open)?>[ \t\r\n]*(?:<(?:(?!<\/summary>)[^\n])*)?",
)
UNDECIDED = re.compile(rf"(?:\A|\n)({PREFIX}(?:{'|'.join(UNDECIDED_LINES)}))\Z", re.A | re.I)
# the first one of a line, without a pipe before it
CELL = rf"(?:\A|\n)(?!{PREFIX}\|)[^\n|\\`]*[^\n|\\` \t]"
OTHER_CELLS = r"[ \t]+\|(?:[ \t][^\n]{0,200})?"
UNDECIDED_CELLS = re.compile(rf"{CELL}({OTHER_CELLS}(?:\n[ \t>|:-]*)?)\Z", re.A)
UNDECIDED_IN_TABLE = re.compile(r"(?:\A|\n)([ \t>]*\|?[ \t]*)\Z")
DELIMITERS = r"\n[ \t>]*[|:-][^\n]*"  # the line below the first row of a table
UNDECIDED_HEADS = [
    re.compile(rf"(?:\A|\n)({PREFIX}\|[^\n]*{DELIMITERS})\Z", re.A),
    re.compile(rf"{CELL}({OTHER_CELLS}{DELIMITERS})\Z", re.A),
    re.compile(rf"({DELIMITERS})\Z"),
]
FENCE = re.compile(r"(?:\A|\n)([ \t>]*(?:`+|~+)[ \t]*)\Z")
FENCE_OPENING = re.compile(rf"(?:\A|\n)({PREFIX}(?:`{{3,}}|~{{3,}})[^\n]*)\Z", re.A)
DISPLAY = re.compile(rf"(?:\A|\n){PREFIX}(\$\$|\\\[)", re.A)
LAST_BLANK_LINE = re.compile(r"\n[ \t]*\n(?![\s\S]*\n[ \t]*\n)")
CLOSING = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}
SPECIAL = re.compile(r"[\\`$[<&!]")
PARTIAL_TAG = re.compile(r"<(?:/?[a-z]{0,7}|(?:https?|mailto):[^ \t\n<>]*)\Z", re.A | re.I)
PARTIAL_ENTITY = re.compile(r"&#?\w{0,31}\Z", re.A)
DOLLAR_PROSE = re.compile(rf"\${PROSE}")
DOLLAR_TEXT = re.compile(r"\A\$[ \t\n]|\n|[^\\]\$")
TASK_BOX = re.compile(r"\[[ xX]\]")


class Scanned(NamedTuple):
    """Where a text ends that is shown, and how its open code is closed."""

    end: int
    closing: str = ""


def decided(text: str, kind: str) -> str:
    """Return how much of the text, whose last block is of this type of token, can be shown."""
    units = _units(text)
    return _points(units[: _decided_length(units, kind)])


def without_open_marks(text: str) -> str:
    """Return the text of a block without open marks at its end; an open code is closed."""
    units = _units(text)
    end, closing = _scan(units)
    if closing:
        return _points(units[:end] + closing)
    shown = units[:end].rstrip("*_~!\\ \t")
    return "" if TASK_BOX.fullmatch(shown) else _points(shown)


def _units(text: str) -> str:
    """Return a text with each character beyond U+FFFF as two, as JavaScript has it."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    encoded = text.encode("utf-16-le", "surrogatepass")
    return "".join(map(chr, struct.unpack(f"<{len(encoded) // 2}H", encoded)))


def _points(units: str) -> str:
    if units.isascii():
        return units
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _decided_length(text: str, kind: str) -> int:
    if kind == "fence":
        return min(_start_of(FENCE, text), _start_of(FENCE_OPENING, text))
    if kind == "th_close":
        return _start_of_head(text)  # its columns may change
    if kind == "td_close":
        return _start_of(UNDECIDED_IN_TABLE, text)
    starts = (_start_of(UNDECIDED, text), _start_of(UNDECIDED_CELLS, text))
    return min(*starts, _open_display(text))


def _start_of(pattern: re.Pattern[str], text: str) -> int:
    """Return where the undecided end of the text starts, or its length."""
    found = pattern.search(text[-LONGEST:])
    return len(text) - len(found[1]) if found else len(text)


def _start_of_head(text: str) -> int:
    """Return where the first row of a table starts to be undecided; where it has been seen, its
    second line does."""
    starts = (_start_of(pattern, text) for pattern in UNDECIDED_HEADS)
    return next((start for start in starts if start < len(text)), len(text))


def _open_display(text: str) -> int:
    """Return where displayed mathematics starts that has no end yet, or the text's length."""
    first = max(_last_blank_line(text), len(text) - LONGEST)
    tail = text[first:]
    for found in DISPLAY.finditer(tail):
        if CLOSING[found[1]] not in tail[found.end() :]:
            return first + found.start()
    return len(text)


def _last_blank_line(text: str) -> int:
    found = LAST_BLANK_LINE.search(text[-LONGEST:])
    return max(0, len(text) - LONGEST) + found.start() + 1 if found else 0


def _scan(text: str) -> Scanned:
    """Return where the first open mark starts, or how an open code is closed."""
    index = 0
    while found := SPECIAL.search(text, index):
        after = SKIP[found[0]](text, found.start())
        if isinstance(after, Scanned):
            return after
        index = after
    return Scanned(len(text))


def _skip_backslash(text: str, index: int) -> int | Scanned:
    opening = text[index : index + 2]
    if len(opening) < 2:
        return Scanned(index)
    if opening not in CLOSING:
        return index + 2
    if len(text) - index < LONGEST and CLOSING[opening] not in text[index + 2 :]:
        return Scanned(index)
    return _match(ROUND if opening == "\\(" else SQUARE, text, index) or index + 2


def _skip_code(text: str, index: int) -> int | Scanned:
    limit = min(len(text), index + LONGEST)
    start = index
    while start < limit and text[start] == "`":
        start += 1
    run = text[index:start]
    closing = re.compile(f"(?<!`){run}(?!`)").search(text, start)
    if closing:
        return closing.end()
    code = text[start:].rstrip("`")
    return Scanned(start + len(code), run) if code.strip(" \t\n") else Scanned(index)


def _skip_dollar(text: str, index: int) -> int | Scanned:
    is_display = text.startswith("$$", index)
    end = _match(DISPLAYED_DOLLARS if is_display else DOLLARS, text, index)
    if end:
        return end
    if len(text) - index > LONGEST:
        return index + 1
    if is_display:
        return index + 2 if "$$" in text[index + 2 :] else Scanned(index)
    return index + 1 if _is_no_mathematics(text, index) else Scanned(index)


def _is_no_mathematics(text: str, index: int) -> bool:
    """Return whether no later text makes mathematics of a dollar sign."""
    before, rest = text[:index][-1:], text[index:]
    follows = before == "$" or (before.isascii() and before.isalnum())
    return follows or bool(DOLLAR_TEXT.search(rest) or DOLLAR_PROSE.match(rest))


def _match(pattern: re.Pattern[str], text: str, index: int) -> int:
    found = pattern.match(text, index)
    return found.end() if found else 0


def _skip_link(text: str, index: int) -> int | Scanned:
    if len(text) - index > LONGEST:
        return index + 1
    start = index - 1 if text.startswith("!", index - 1) and index else index
    end = _bracket_end(text, index, "[", "]")
    opening = text[end : end + 1]
    if not end or not opening:
        return Scanned(start)
    if opening == "(":
        return _bracket_end(text, end, "(", ")") or Scanned(start)
    if opening == "[":
        return _bracket_end(text, end, "[", "]") or Scanned(start)
    return index + 1


def _bracket_end(text: str, index: int, opening: str, closing: str) -> int:
    """Return the index after the bracket that closes the one at index; 0 where there is none."""
    depth, at = 0, index
    while at < min(len(text), index + LONGEST):
        if text[at] == "\\":
            at += 1
        elif text[at] == opening:
            depth += 1
        elif text[at] == closing:
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return 0


def _skip_tag(text: str, index: int) -> int | Scanned:
    is_partial = PARTIAL_TAG.match(text[index : index + LONGEST])
    return Scanned(index) if is_partial else index + 1


def _skip_entity(text: str, index: int) -> int | Scanned:
    return Scanned(index) if PARTIAL_ENTITY.match(text[index : index + 40]) else index + 1


# For each character that starts a mark: how to find the mark's end, or that it is open.
SKIP = {
    "\\": _skip_backslash,
    "`": _skip_code,
    "$": _skip_dollar,
    "[": _skip_link,
    "!": lambda _text, index: index + 1,
    "<": _skip_tag,
    "&": _skip_entity,
}
