// What a person typed, as typed: every character, blank and line of it, in this order.
//
// The text of the HTML is the text itself. Blocks of code between fences and addresses look better, and nothing
// else is interpreted. The twin is app/markdown/typed.py.

import { box } from "./markdown-code.js";
import { REL } from "./markdown-hardening.js";
import { addresses, target } from "./markdown-links.js";

const LINE_END = /\r\n?/g; // as HTML reads them
const LINE = /[^\n]*\n|[^\n]+/g;
// Each character can belong to one part of it only: no line takes long.
const FENCE =
  /^ {0,3}(?:(`{3,})[ \t]*(?![ \t])([^ \t\n`]*)(?:[ \t][^`\n]*)?|(~{3,})[ \t]*([^ \t\n]*)[^\n]*)\n?$/;
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Returns text as HTML that is safe to show. */
export function renderTyped(text) {
  const lines = text.replace(LINE_END, "\n").replaceAll("\0", "\ufffd").match(LINE) ?? [];
  return [...blocks(lines)].join("");
}

function* blocks(lines) {
  let start = 0;
  for (let index = 0; index < lines.length; index += 1) {
    const opening = FENCE.exec(lines[index]);
    if (!opening) continue;
    yield paragraph(lines.slice(start, index));
    const end = endOf(lines, index + 1, opening[1] ?? opening[3]);
    yield fence(lines[index]);
    yield code(lines.slice(index + 1, end), opening[2] ?? opening[4]);
    if (end < lines.length) yield fence(lines[end]);
    index = end;
    start = end + 1;
  }
  yield paragraph(lines.slice(start));
}

/** Returns the index of the line that closes the code, or of the end. */
function endOf(lines, from, marks) {
  const closing = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}[ \\t]*\\n?$`);
  let index = from;
  while (index < lines.length && !closing.test(lines[index])) index += 1;
  return index;
}

function paragraph(lines) {
  const text = lines.join("");
  return text && `<p dir="auto">${[...linked(text)].join("")}</p>`;
}

function* linked(text) {
  let done = 0;
  for (const [start, end] of addresses(text)) {
    const address = escape(text.slice(start, end));
    yield escape(text.slice(done, start));
    yield `<a href="${target(address)}" rel="${REL}">${address}</a>`;
    done = end;
  }
  yield escape(text.slice(done));
}

function fence(line) {
  return `<p class="fence">${escape(line)}</p>`;
}

function code(lines, language) {
  const name = language ? ` class="language-${escape(language)}"` : "";
  return lines.length > 0 ? box(`<pre><code${name}>${escape(lines.join(""))}</code></pre>`) : "";
}

function escape(text) {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char]);
}
