// Renders a text that grows, and only what can still change of it.
//
// A block that begins after a blank line ends all that came before it, once its line is complete or has
// begun with a letter: no text that follows can reach back over it. What lies before the last such line
// is closed, and rendered once. One thing does reach back: a link's definition, [label]: address, serves
// the whole text.

import { markdown } from "./markdown.js";

const LINE_END = /\r\n|\n|\r(?!$)/g;
const BLANK = /^[ \t]*[\r\n]*$/;
const LETTER = /^\p{L}/u; // it makes no list, and continues none
const DEFINITION = "]:";

export class OpenBlocks {
  #sections = [];
  #closed = "";
  #definitions = {};
  #linked = "";

  /** Returns the HTML of text in sections; joined, they are the HTML of the whole text. */
  render(text) {
    if (!text.startsWith(this.#closed)) this.#forget();
    const open = text.slice(this.#closed.length);
    const env = { references: { ...this.#definitions } };
    const tokens = markdown.parse(open, env);
    const { offset, index } = lastBoundary(open, tokens);
    this.#link(env.references);
    if (index > 0) this.#close(open.slice(0, offset), html(tokens.slice(0, index), env));
    return [...this.#sections.map((section) => section.html), html(tokens.slice(index), env)];
  }

  #close(source, html) {
    this.#sections.push({ source, html });
    this.#closed += source;
    if (source.includes(DEFINITION)) define(source, this.#definitions);
  }

  /** Renders the sections anew that new definitions may concern. */
  #link(references) {
    const definitions = JSON.stringify(references);
    if (definitions === this.#linked) return;
    this.#linked = definitions;
    for (const section of this.#sections) {
      if (!section.source.includes("[")) continue;
      section.html = markdown.render(section.source, { references: { ...references } });
    }
  }

  #forget() {
    this.#sections = [];
    this.#closed = "";
    this.#definitions = {};
  }
}

/** Returns where the last block begins that ends what came before it, in text and among its tokens. */
function lastBoundary(text, tokens) {
  const isLater = ({ level, map }) => level === 0 && map?.[0] > 0;
  if (!tokens.some(isLater)) return { offset: 0, index: 0 };
  const lines = lineOffsets(text);
  const index = tokens.findLastIndex((token) => isLater(token) && ends(text, lines, token.map[0]));
  return index < 0 ? { offset: 0, index: 0 } : { offset: lines[tokens[index].map[0]], index };
}

/** Says whether the line, at which a block begins, ends what came before it. */
function ends(text, lines, line) {
  if (!BLANK.test(text.slice(lines[line - 1], lines[line]))) return false;
  return line + 1 < lines.length || LETTER.test(text.slice(lines[line], lines[line] + 2));
}

function lineOffsets(text) {
  return [0, ...Array.from(text.matchAll(LINE_END), (end) => end.index + end[0].length)];
}

function html(tokens, env) {
  return markdown.renderer.render(tokens, markdown.options, env);
}

/** Adds the definitions in text to those that there are. */
function define(text, references) {
  const source = text.replace(LINE_END, "\n").replaceAll("\ufeff", "").replaceAll("\0", "\ufffd");
  markdown.block.parse(source, markdown, { references }, []);
}
