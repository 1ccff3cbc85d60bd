// Renders a text that grows, and only what can still change of it.
//
// A block that begins on a complete line after a blank one ends all that came before it: no text
// that follows can reach back over it. What lies before the last such line is closed, and rendered
// once. One thing does reach back: a link's definition, [label]: address, serves the whole text.

import { markdown } from "./markdown.js";

const LINE_END = /\r\n|\n|\r(?!$)/g;
const BLANK = /^[ \t]*[\r\n]*$/;

export class OpenBlocks {
  #sections = [];
  #closed = "";
  #length = 0; // of the text that was rendered last
  #definitions = {};
  #linked = "";

  /** Returns the HTML of text in sections; joined, they are the HTML of the whole text. */
  render(text) {
    if (!text.startsWith(this.#closed)) this.#forget();
    if (text.includes("\n", this.#length)) this.#close(text.slice(this.#closed.length));
    this.#length = text.length;
    const env = { references: { ...this.#definitions } };
    const open = markdown.render(text.slice(this.#closed.length), env);
    this.#link(env.references);
    return [...this.#sections.map((section) => section.html), open];
  }

  #close(open) {
    const source = open.slice(0, lastBoundary(open));
    if (!source) return;
    this.#sections.push({ source });
    this.#closed += source;
    blocksOf(source, { references: this.#definitions });
  }

  /** Renders the closed sections that are new, and those that new definitions may concern. */
  #link(references) {
    const definitions = JSON.stringify(references);
    const changed = definitions !== this.#linked;
    this.#linked = definitions;
    for (const section of this.#sections) {
      if (section.html === undefined || (changed && section.source.includes("["))) {
        section.html = markdown.render(section.source, { references: { ...references } });
      }
    }
  }

  #forget() {
    this.#sections = [];
    this.#closed = "";
    this.#length = 0;
    this.#definitions = {};
  }
}

/** Returns the offset of the last line that begins a block, is complete and follows a blank one. */
function lastBoundary(text) {
  const lines = lineOffsets(text);
  const complete = (line) => line + 1 < lines.length;
  const afterBlank = (line) => line > 0 && BLANK.test(text.slice(lines[line - 1], lines[line]));
  const starts = blocksOf(text, {}).map((token) => token.map[0]);
  return lines[starts.findLast((line) => complete(line) && afterBlank(line))] ?? 0;
}

function lineOffsets(text) {
  return [0, ...Array.from(text.matchAll(LINE_END), (end) => end.index + end[0].length)];
}

/** Returns the tokens that begin the outermost blocks; adds the definitions in text to env. */
function blocksOf(text, env) {
  const tokens = [];
  const source = text.replace(LINE_END, "\n").replaceAll("\ufeff", "").replaceAll("\0", "\ufffd");
  markdown.block.parse(source, markdown, env, tokens);
  return tokens.filter((token) => token.level === 0 && token.map);
}
