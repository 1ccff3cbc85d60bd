// Markdown to HTML: the twin of app/markdown, which returns the same HTML byte for byte.
// What is enabled here must be enabled there; tests/test_markdown.py compares them. The modules in
// markdown/ have their twins there: links.js is links.py, and so on.

import MarkdownIt from "markdown-it";

import { cjk } from "./markdown/cjk.js";
import { code } from "./markdown/code.js";
import { details } from "./markdown/details.js";
import { directions } from "./markdown/directions.js";
import { footnotes } from "./markdown/footnotes.js";
import { growing } from "./markdown/growing.js";
import { hardening } from "./markdown/hardening.js";
import { links } from "./markdown/links.js";
import { mathematics } from "./markdown/mathematics.js";
import { tables } from "./markdown/tables.js";
import { tags } from "./markdown/tags.js";
import { tasks } from "./markdown/tasks.js";

const LINK = /^(?:https?:\/\/|mailto:)/i;

export const markdown = new MarkdownIt("commonmark", { html: false, xhtmlOut: false });
markdown.enable(["table", "strikethrough"]);
markdown.validateLink = (url) => LINK.test(url);
markdown.core.ruler.before("block", "drop_byte_order_marks", dropByteOrderMarks);
markdown.core.ruler.after("block", "trim", trim);
// In this order: the later ones find what the earlier ones have made.
const plugins = [cjk, code, links, mathematics, details, tables, footnotes, tags, tasks, hardening, directions, growing];
for (const plugin of plugins) plugin(markdown);

/** Returns text, CommonMark with what docs/page.md lists, as HTML that is safe to show. */
export function render(text) {
  return markdown.render(text);
}

// JavaScript trims them as white space and Python does not; they are invisible.
function dropByteOrderMarks(state) {
  state.src = state.src.replaceAll("\ufeff", "");
}

// Around a block's text the Python library drops all white space, and this one only ASCII's.
function trim(state) {
  for (const block of state.tokens) {
    if (block.type === "inline") block.content = block.content.trim();
  }
}
