"""Lists of tasks: `[ ]` and `[x]` at the start of an item are boxes."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

BOX = re.compile(r"\[([ xX])\][ \t]+")
STARTS = ["list_item_open", "paragraph_open", "inline"]


def add_to(markdown: MarkdownIt) -> None:
    """Render the boxes of tasks."""
    markdown.core.ruler.push("tasks", _render_boxes)


def _render_boxes(state: StateCore) -> None:
    tokens = state.tokens
    for index in range(2, len(tokens)):
        item, _, inline = tokens[index - 2 : index + 1]
        if inline.type == "inline" and [t.type for t in tokens[index - 2 : index + 1]] == STARTS:
            _render_box(item, inline)


def _render_box(item: Token, inline: Token) -> None:
    children = inline.children or []
    found = BOX.match(children[0].content) if children and children[0].type == "text" else None
    if not found:
        return
    is_done = found[1] != " "
    attrs: dict[str, str | int | float] = {"type": "checkbox", "disabled": ""}
    if is_done:
        attrs["checked"] = ""
    attrs["aria-label"] = "Done" if is_done else "To do"
    item.attrSet("class", "task")
    children[0].content = children[0].content[found.end() :]
    children.insert(0, Token("task_box", "input", 0, attrs=attrs))
