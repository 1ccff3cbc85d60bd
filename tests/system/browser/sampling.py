"""Compares what a page showed of an answer in each frame with the answer's log."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page

from app.markdown import render
from tests.support.reader import Reader

ROOT = Path(__file__).parents[3]
RENDER_GROWING = """
import { readFileSync } from "node:fs";
import { OpenBlocks } from "./app/static/js/rendering.js";
const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => new OpenBlocks().render(text, true).join(""))));
"""

# Runs in the page: stores each drawn state of each answer.
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
    """What was drawn of an answer: its thinking, and the text of its content."""

    seq: int
    thinking: str
    content: str


def drawn(page: Page, message_id: str) -> list[Drawn]:
    """Return what a page with the sampler has drawn of an answer since it was loaded."""
    return [Drawn(*rest) for id_, *rest in page.evaluate("window.drawn") if id_ == message_id]


def assert_drawn_states_are_in_log(page: Page, reader: Reader, message_id: str) -> int:
    """Assert that each drawn state is that of the log at its `seq`; return their number.

    `reader` must have followed from the first entry: it knows the text at each `seq`.
    """
    states = drawn(page, message_id)
    known = {sample.seq: sample for sample in reader.samples[message_id]}
    seqs = [state.seq for state in states]
    assert seqs == sorted(set(seqs)), "the page went back to an earlier state"
    texts = [known[seq].content for seq in seqs if seq]
    growing = page.evaluate(TEXT_OF, _rendered_growing(texts))
    whole = page.evaluate(TEXT_OF, [render(text) for text in texts])
    streamed = [state for state in states if state.seq]
    for state, *contents in zip(streamed, growing, whole, strict=True):
        assert state.thinking == known[state.seq].thinking
        assert state.content in contents, "neither as it grows, nor as it has ended"
    return len(states)


def _rendered_growing(texts: list[str]) -> list[str]:
    """Return the HTML of each text while it grows: without what is open at its end."""
    command = ["node", "--input-type=module", "--eval", RENDER_GROWING]
    given = json.dumps(texts)
    run = subprocess.run(command, input=given, capture_output=True, text=True, check=True, cwd=ROOT)
    return list(json.loads(run.stdout))
