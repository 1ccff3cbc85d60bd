"""Blocks of code: in a box for the strip that the page puts above them, and focusable."""

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML

LANGUAGE = re.compile(r'<pre><code class="language-([^"]*)"')


def add_to(markdown: MarkdownIt) -> None:
    """Put fenced and indented code into boxes."""
    for rule in (RendererHTML.fence, RendererHTML.code_block):
        markdown.add_render_rule(rule.__name__, _boxed(rule))


def _boxed(rule: Any) -> Any:
    def render(renderer: RendererHTML, *where: Any) -> str:
        return box(rule(renderer, *where).removesuffix("\n")) + "\n"

    return render


def box(html: str) -> str:
    """Return the HTML of a block of code, `<pre><code …`, in its box."""
    language = LANGUAGE.match(html)
    label = f' data-language="{language[1]}"' if language else ""
    focusable = html.replace("<pre>", '<pre tabindex="0">', 1)
    return f'<div class="code" dir="ltr"{label}>{focusable}</div>'
