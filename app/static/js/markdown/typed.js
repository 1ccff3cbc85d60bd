// What a person typed, as typed: every character, blank and line of it, in this order.
//
// The text of the HTML is the text itself. Blocks of code between fences, quotations, addresses and mentions look
// better, and nothing else is interpreted. The twin is app/markdown/typed.py.

import { box } from "./code.js";
import { REL } from "./hardening.js";
import { addresses, target } from "./links.js";
import { mentions } from "./mentions.js";

const LINE_END = /\r\n?/g; // as HTML reads them
const LINE = /[^\n]*\n|[^\n]+/g;
// Each character can belong to one part of it only: no line takes long.
const FENCE =
  /^ {0,3}(?:(`{3,})[ \t]*(?![ \t])([^ \t\n`]*)(?:[ \t][^`\n]*)?|(~{3,})[ \t]*([^ \t\n]*)[^\n]*)\n?$/;
const QUOTED = /^>(?:[ \t]|\n?$)/;
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Returns text as HTML that is safe to show, with mentions of these names. */
export function renderTyped(text, names = []) {
  return [...parts(linesOf(text))].map((part) => htmlOf(part, names)).join("");
}

/** Returns which of these names are mentioned, each once, in this order; not in code, quotations or addresses. */
export function mentioned(text, names) {
  const prose = [...parts(linesOf(text))].filter((part) => typeof part === "string");
  const found = prose.flatMap((part) => marks(part, names)).map(([, , name]) => name);
  return [...new Set(found.filter(Boolean))];
}

function linesOf(text) {
  return text.replace(LINE_END, "\n").replaceAll("\0", "\ufffd").match(LINE) ?? [];
}

/** The text in its order: what is between quotations and blocks of code, as strings, and these. */
function* parts(lines) {
  let start = 0;
  for (let index = 0; index < lines.length; index += 1) {
    const opening = FENCE.exec(lines[index]);
    if (!opening) continue;
    yield* prose(lines.slice(start, index));
    const end = endOf(lines, index + 1, opening[1] ?? opening[3]);
    const language = opening[2] ?? opening[4];
    yield { opening: lines[index], lines: lines.slice(index + 1, end), closing: lines.slice(end, end + 1), language };
    index = end;
    start = end + 1;
  }
  yield* prose(lines.slice(start));
}

/** Lines that follow one another and begin with `>` are a quotation; the others are strings. */
function* prose(lines) {
  for (let start = 0, end; start < lines.length; start = end) {
    const isQuoted = QUOTED.test(lines[start]);
    end = start + 1;
    while (end < lines.length && QUOTED.test(lines[end]) === isQuoted) end += 1;
    const text = lines.slice(start, end).join("");
    yield isQuoted ? { quotation: text } : text;
  }
}

/** Returns the index of the line that closes the code, or of the end. */
function endOf(lines, from, marks) {
  const closing = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}[ \\t]*\\n?$`);
  let index = from;
  while (index < lines.length && !closing.test(lines[index])) index += 1;
  return index;
}

function htmlOf(part, names) {
  if (typeof part === "string") return `<p dir="auto">${[...marked(part, names)].join("")}</p>`;
  if ("quotation" in part) return `<blockquote dir="auto">${[...marked(part.quotation, [])].join("")}</blockquote>`;
  return fenced(part);
}

function* marked(text, names) {
  let done = 0;
  for (const [start, end, name] of marks(text, names)) {
    const part = escape(text.slice(start, end));
    yield escape(text.slice(done, start));
    yield name ? `<span class="mention">${part}</span>` : `<a href="${target(part)}" rel="${REL}">${part}</a>`;
    done = end;
  }
  yield escape(text.slice(done));
}

/** Returns the addresses in a text, with an empty name, and the mentions that are not in one. */
function marks(text, names) {
  const links = Array.from(addresses(text), ([start, end]) => [start, end, ""]);
  const isLinked = ([start, end]) => links.some((link) => link[0] < end && start < link[1]);
  const found = names.length > 0 ? mentions(text, names).filter((mention) => !isLinked(mention)) : [];
  return [...links, ...found].sort(([one], [other]) => one - other);
}

function fenced({ opening, lines, closing, language }) {
  return [fence(opening), code(lines, language), ...closing.map(fence)].join("");
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
