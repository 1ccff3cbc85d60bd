// Renders a text that grows, and only what can still change of it: parses the open blocks at its end.
//
// A long table that grows is closed in parts, too: its first rows are closed, although the table is not. What is open
// of it is parsed with its head before it, and only its rows are shown: sections of rows go on with the table before
// them.

import { markdown } from "./markdown.js";
import { decidedLength } from "./markdown/open-marks.js";

const LINE_END = /\r\n|\n|\r(?!$)/g;
const BLANK = /^[ \t]*[\r\n]*$/;
const LETTER = /^\p{L}/u; // it starts no list, and continues none
const DEFINITION = "]:";
const TABLE_END = "</tbody>\n</table></div>\n";
const OPEN_ROWS = 50;

/**
 * Renders Markdown in sections, of which only the last one changes while the text grows.
 *
 * A block after a blank line ends everything before it, as soon as its line is complete or has started with a
 * letter: no later text can change what is before it. What precedes the last such line is closed, and
 * rendered once. The one exception is a link definition, [label]: address, which applies to the whole text.
 */
export class OpenBlocks {
  #sections = [];
  #closed = "";
  #definitions = {};
  #linked = "";
  #head = ""; // the first lines of the table whose first rows are closed

  /** Returns the HTML of the text in sections; joined, they are the HTML of the whole text. While it grows, or if it was
      ended before its own end, what can't be decided there is held back. */
  render(text, isGrowing = false) {
    if (text.slice(0, this.#closed.length) !== this.#closed) this.#forget(); // startsWith() takes ten times as long
    const open = this.#head + text.slice(this.#closed.length);
    const env = { references: { ...this.#definitions }, isGrowing };
    const tokens = markdown.parse(open, env);
    const { offset, index } = lastBoundary(open, tokens);
    this.#link(env);
    if (index > 0) this.#close(open.slice(0, offset), tokens.slice(0, index), env);
    const rest = isGrowing ? decided(open.slice(offset), tokens.slice(index), env) : tokens.slice(index);
    const html = this.#htmlOf(rest, env);
    const sections = [...this.#sections.flatMap((section) => section.html), ...html];
    this.#closeRows(open.slice(offset), rest, env);
    return sections;
  }

  #close(source, tokens, env) {
    this.#push(source, this.#htmlOf(tokens, env), env);
    this.#head = "";
    if (source.includes(DEFINITION)) define(source, this.#definitions);
  }

  /** Closes the first rows of a long table, from the next time on. */
  #closeRows(text, tokens, env) {
    const rows = closableRows(tokens);
    if (!rows) return;
    const lines = lineOffsets(text);
    const startOf = (index) => lines[tokens[index].map[0] - tokens[0].map[0]];
    const html = toHtml(tokens.slice(this.#head ? rows.first : 0, rows.open), env);
    const head = text.slice(0, startOf(rows.first));
    this.#push(text.slice(0, startOf(rows.open)), [html], env);
    this.#head = head;
  }

  /** Returns the HTML of tokens in sections; after closed rows without the head of their table. */
  #htmlOf(tokens, env) {
    return this.#head ? partsOf(toHtml(tokens.slice(bodyOf(tokens)), env)) : [toHtml(tokens, env)];
  }

  /** Adds closed sections; the source starts with the head, if there is one. */
  #push(source, html, { isProvisional }) {
    this.#closed += source.slice(this.#head.length);
    const section = { source, html, isProvisional, isContinued: this.#head !== "" };
    this.#sections.push(section);
  }

  /** Renders the sections again to which new definitions may apply, or which hoped for one. */
  #link({ references, isGrowing }) {
    const definitions = JSON.stringify(references);
    const isNew = definitions !== this.#linked;
    this.#linked = definitions;
    for (const section of this.#sections) {
      if (!(isNew && section.source.includes("[")) && (isGrowing || !section.isProvisional)) continue;
      const env = { references: { ...references }, isGrowing };
      section.html = this.#again(section, markdown.parse(section.source, env), env);
      section.isProvisional = env.isProvisional;
    }
  }

  /** Returns the HTML of a section again: as many parts, from the same row on. */
  #again({ html, isContinued }, tokens, env) {
    const fresh = toHtml(isContinued ? tokens.slice(bodyOf(tokens)) : tokens, env);
    if (html.length > 1) return partsOf(fresh);
    const isOpen = isRows(html[0]) || balanced(html[0]) !== html[0];
    return [isOpen ? fresh.slice(0, fresh.lastIndexOf(TABLE_END)) : fresh];
  }

  #forget() {
    this.#head = "";
    this.#sections = [];
    this.#closed = "";
    this.#definitions = {};
  }
}

/** Returns where the last block starts that ends what is before it, in the text and among its tokens. */
function lastBoundary(text, tokens) {
  const isLater = ({ level, map }) => level === 0 && map?.[0] > 0;
  if (!tokens.some(isLater)) return { offset: 0, index: 0 };
  const lines = lineOffsets(text);
  const index = tokens.findLastIndex((token) => isLater(token) && endsPrevious(text, lines, token.map[0]));
  return index < 0 ? { offset: 0, index: 0 } : { offset: lines[tokens[index].map[0]], index };
}

/** Returns whether the block that starts at this line ends what is before it. */
function endsPrevious(text, lines, line) {
  if (!BLANK.test(text.slice(lines[line - 1], lines[line]))) return false;
  return line + 1 < lines.length || LETTER.test(text.slice(lines[line], lines[line] + 2));
}

/** Returns the tokens of the open text without what can't be decided yet. */
function decided(text, tokens, env) {
  const last = tokens.findLastIndex(({ nesting }) => nesting >= 0);
  const type = tokens[last]?.type === "inline" ? tokens[last + 1].type : tokens[last]?.type;
  const length = decidedLength(text, type);
  const fresh = { references: env.references, isGrowing: true }; // without what was found out about the longer text
  return length < text.length ? markdown.parse(text.slice(0, length), fresh) : tokens;
}

function lineOffsets(text) {
  return [0, ...Array.from(text.matchAll(LINE_END), (end) => end.index + end[0].length)];
}

function toHtml(tokens, env) {
  return markdown.renderer.render(tokens, markdown.options, env);
}

/** Adds the definitions in the text to references. */
function define(text, references) {
  const source = text.replace(LINE_END, "\n").replaceAll("\ufeff", "").replaceAll("\0", "\ufffd");
  markdown.block.parse(source, markdown, { references }, []);
}

/** Returns the tokens of the rows that can be closed, if these are the tokens of one long table and nothing else. */
function closableRows(tokens) {
  if (tokens[0]?.type !== "table_open") return null;
  if (tokens.findIndex(({ type }) => type === "table_close") !== tokens.length - 1) return null;
  const body = bodyOf(tokens);
  const rows = tokens.flatMap(({ type }, index) => (index >= body && type === "tr_open" ? [index] : []));
  return rows.length < 2 * OPEN_ROWS ? null : { first: rows[0], open: rows.at(-OPEN_ROWS) };
}

/** Returns the index of the first token after a table's head. */
function bodyOf(tokens) {
  return tokens.findIndex(({ type }) => type === "tbody_open") + 1;
}

/** Returns HTML that starts with rows in two parts: the rows, and what comes after their table. */
function partsOf(html) {
  const end = html.indexOf(TABLE_END);
  return [html.slice(0, end), html.slice(end)];
}

/** Returns whether HTML is rows of a table that started before it. */
export function isRows(html) {
  return html?.startsWith("<tr>") ?? false;
}

/** Returns the HTML of whole elements: a table whose rows follow is closed, the end of one is left out. */
export function balanced(html) {
  if (html.startsWith(TABLE_END)) return html.slice(TABLE_END.length);
  return html.lastIndexOf("<tbody>") > html.lastIndexOf("</tbody>") ? html + TABLE_END : html;
}
