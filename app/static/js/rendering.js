// Renders a text that grows, and only what can still change of it: parses the open blocks at its end, touches
// only the nodes that differ, and repaints no more often than a reader can notice.
//
// morphdom and idiomorph could replace `patch`. For an answer of 20 kB in 150 steps they took as long as it
// does, and for one long list 2 and 14 times as long; and they replace a text that has grown, which loses
// the reader's selection and makes the browser lay out a long block of code again.

import { TABLE_END, balanced, bodyOf, closableRows, isRows, partsOf } from "./long-tables.js";
import { markdown } from "./markdown.js";
import { decidedLength } from "./markdown/open-marks.js";

const LINE_END = /\r\n|\n|\r(?!$)/g;
const BLANK = /^[ \t]*[\r\n]*$/;
const LETTER = /^\p{L}/u; // it starts no list, and continues none
const DEFINITION = "]:";

const READERS = new Set(["open", "data-wrapped", "data-undrawn"]); // attributes that the page or a reader changes

const INTERVAL_MS = 50;
const MAX_INTERVAL_MS = 200; // slower would look like a stop
const PAINTING_SHARE = 0.004; // of the time
const LAYOUT_SHARE = 0.3; // at most: while a very long table is laid out no key is answered

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

  /** Returns the HTML of the text in sections; joined, they are the HTML of the whole text. While it grows, what
      can't be decided at its end is held back. */
  render(text, isGrowing = false) {
    if (!text.startsWith(this.#closed)) this.#forget();
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
  return length < text.length ? markdown.parse(text.slice(0, length), env) : tokens;
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

/** Shows HTML in sections, and touches only the sections that have changed. */
export class SectionList {
  #container;
  #shown; // [{html, nodes}]
  #finished = 0; // how many of them have been returned as final

  /** The container may hold what the server has rendered. */
  constructor(container) {
    this.#container = container;
    this.#shown = [{ html: null, nodes: [...container.childNodes] }];
  }

  /** Shows these sections, each a string of HTML. */
  show(sections) {
    const from = this.#firstChange(sections);
    const old = this.#shown.splice(from);
    this.#finished = Math.min(this.#finished, from);
    const fresh = sections.slice(from).map((html) => ({ html, nodes: nodesOf(balanced(html)) }));
    this.#patch(this.#container, old.filter(isBlocks), fresh.filter(isBlocks));
    this.#shown.push(...fresh);
    this.#showRows(old.filter(({ html }) => isRows(html)), fresh);
  }

  /** Shows rows in the tables before them. */
  #showRows(old, fresh) {
    const rows = fresh.filter(({ html }) => isRows(html));
    const bodies = new Set(rows.map((section) => this.#bodyBefore(section)));
    const [body] = bodies;
    if (bodies.size === 1 && old.every(({ nodes }) => nodes.every((node) => node.parentNode === body))) {
      this.#patch(body, old, rows);
      return;
    }
    for (const { nodes } of old) for (const node of nodes) node.remove();
    for (const section of rows) this.#bodyBefore(section).append(...section.nodes);
  }

  #bodyBefore(section) {
    const blocks = this.#shown.slice(0, this.#shown.indexOf(section)).findLast(isBlocks);
    return blocks.nodes.findLast((node) => node.nodeType === Node.ELEMENT_NODE).querySelector("tbody");
  }

  /** Makes the nodes of sections, which have one parent, those of other ones. */
  #patch(parent, old, fresh) {
    const nodes = patch(parent, nodesIn(old), nodesIn(fresh));
    for (const section of fresh) section.nodes = nodes.splice(0, section.nodes.length);
  }

  /** Returns the nodes that have become final, each once: in all sections but the last, or in all. */
  finished(all) {
    const fresh = this.#shown.slice(this.#finished, all ? undefined : -1);
    this.#finished += fresh.length;
    return nodesIn(fresh);
  }

  /** The nodes that may still change. */
  get open() {
    return this.#shown.slice(-2).flatMap((section) => section.nodes);
  }

  #firstChange(sections) {
    const index = this.#shown.findIndex(({ html }, index) => html !== sections[index]);
    return index < 0 ? this.#shown.length : index;
  }
}

function isBlocks({ html }) {
  return !isRows(html);
}

function nodesIn(sections) {
  return sections.flatMap((section) => section.nodes);
}

function nodesOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.childNodes];
}

/** Makes the parent's children `old` equal to `fresh`, touching only what differs; returns the children. */
function patch(parent, old, fresh) {
  const next = old.at(-1)?.nextSibling ?? null;
  const nodes = fresh.map((node, index) => {
    return old[index] ? patchNode(old[index], node) : parent.insertBefore(node, next);
  });
  for (const node of old.slice(fresh.length)) node.remove();
  return nodes;
}

function patchNode(node, fresh) {
  if (node.isEqualNode(fresh) || isDrawn(node, fresh)) return node;
  if (node.nodeName !== fresh.nodeName || node.dataset?.tex !== undefined) {
    node.replaceWith(fresh);
    return fresh;
  }
  if (node.nodeType === Node.TEXT_NODE) patchText(node, fresh.data);
  else patchElement(node, fresh);
  return node;
}

/** Returns whether the node is the fresh one, with its mathematics drawn. */
function isDrawn(node, fresh) {
  return node.dataset?.tex !== undefined && node.dataset.tex === fresh.textContent && node.className === fresh.className;
}

function patchElement(element, fresh) {
  if (namesOf(element) !== namesOf(fresh)) {
    for (const { name } of [...element.attributes]) if (!READERS.has(name)) element.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
  patch(element, renderedIn(element), [...fresh.childNodes]);
}

/** Returns the names of an element's attributes, in their order, which its HTML has too. */
function namesOf(element) {
  return element.getAttributeNames().filter((name) => !READERS.has(name)).join(" ");
}

/** Returns the children that were rendered, not added to them. */
function renderedIn(element) {
  return Array.from(element.childNodes).filter((node) => node.dataset?.added === undefined);
}

/** Changes the text of a text node; text that has only grown keeps the reader's selection. */
export function patchText(node, text) {
  if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
  else node.data = text;
}

/** Repaints something at intervals, and not at all while the page is hidden. The longer it takes, as with a
    long block or on a slow machine, the longer the interval. */
export class Painter {
  #paint;
  #layOut;
  #notBefore = -Infinity;
  #timer = null;
  #frame = null;

  /** layOut() lets the browser lay out what was painted, which it does now or a moment later. */
  constructor(paint, layOut = () => {}) {
    [this.#paint, this.#layOut] = [paint, layOut];
  }

  /** Paints after the interval; calling it again until then changes nothing. */
  soon() {
    if (this.#timer !== null || this.#frame !== null) return;
    const delay = this.#notBefore - performance.now();
    if (delay > 0) this.#timer = setTimeout(() => this.#due(), delay);
    else this.#inFrame();
  }

  /** Paints now, instead of soon. */
  now() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#timer = this.#frame = null;
    const began = performance.now();
    this.#paint();
    const took = performance.now() - began;
    this.#layOut();
    const interval = Math.min(Math.max(took / PAINTING_SHARE, INTERVAL_MS), MAX_INTERVAL_MS);
    this.#notBefore = began + Math.max(interval, (performance.now() - began) / LAYOUT_SHARE);
  }

  // It has waited for longer than a frame, and need not wait for another one.
  #due() {
    this.#timer = null;
    if (document.hidden) this.#inFrame();
    else this.now();
  }

  /** Paints in the next frame; a hidden page has none. */
  #inFrame() {
    this.#frame = requestAnimationFrame(() => this.now());
  }
}
