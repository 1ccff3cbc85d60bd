"""What a page showed of an answer, frame by frame, held against what the answer was by then."""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import Page

from app.markdown import render
from tests.support.reader import Reader

# Runs in the page: remembers each state of each streaming answer that was drawn.
SAMPLER = """(() => {
  window.drawn = [];
  const last = new Map();
  const look = () => {
    for (const article of document.querySelectorAll("article[data-role=assistant]")) {
      const text = (part) => article.querySelector(`.message-${part}`).textContent;
      const { id, dataset: { seq } } = article;
      if (last.get(id) === seq) continue;
      window.drawn.push([id, Number(seq), text("thinking"), text("content")]);
      last.set(id, seq);
    }
    requestAnimationFrame(look);
  };
  document.addEventListener("DOMContentLoaded", look);
})();
"""

TEXT_OF = """all => all.map(html => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.textContent;
})"""


class Drawn(NamedTuple):
    """The text of an answer that was on the screen: its thinking, and its content's words."""

    seq: int
    thinking: str
    content: str


def drawn(page: Page, message_id: str) -> list[Drawn]:
    """Return what a page that ran the sampler has shown of an answer since it was loaded."""
    return [Drawn(*rest) for id_, *rest in page.evaluate("window.drawn") if id_ == message_id]


def assert_always_a_beginning(page: Page, reader: Reader, message_id: str) -> int:
    """Assert that each state shown is that of the log at its `seq`; return how many there were.

    `reader` must have followed from the first entry, so that it knows the text at each `seq`.
    """
    states = drawn(page, message_id)
    known = {sample.seq: sample for sample in reader.samples[message_id]}
    seqs = [state.seq for state in states]
    assert seqs == sorted(set(seqs)), "it went back"
    expected = page.evaluate(TEXT_OF, [render(known[seq].content) for seq in seqs if seq])
    for state, content in zip([state for state in states if state.seq], expected, strict=True):
        assert state.thinking == known[state.seq].thinking
        assert state.content == content
    return len(states)
