// Shows HTML that grows: touches only the nodes that differ, and repaints no more often than a reader can notice.
//
// morphdom and idiomorph could replace `patch`. For an answer of 20 kB in 150 steps they took as long as it
// does, and for one long list 2 and 14 times as long; and they replace a text that has grown, which loses
// the reader's selection and makes the browser lay out a long block of code again.

import { balanced, isRows } from "./rendering.js";

const READERS = new Set(["open", "data-wrapped", "data-undrawn"]); // attributes that the page or a reader changes
const INTERVAL_MS = 50;
const MAX_INTERVAL_MS = 200; // slower would look like a stop
const PAINTING_SHARE = 0.004; // of the time
const LAYOUT_SHARE = 0.3; // at most: while a very long table is laid out no key is answered
const LONG_LAYOUT_MS = 15;
const PAINTS_UNMEASURED = 4; // between two for which layout is measured, as long as it is not long

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
  #unmeasured = PAINTS_UNMEASURED; // paints since the last that was measured
  #layoutMs = 0; // that one's
  #timer = null;
  #frame = null;

  /** layOut() lets the browser lay out what was painted, to measure that. It would do so a moment later, in less time,
      so not each time is measured. */
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
    this.#measureLayout();
    const interval = Math.min(Math.max(took / PAINTING_SHARE, INTERVAL_MS), MAX_INTERVAL_MS);
    this.#notBefore = began + Math.max(interval, (took + this.#layoutMs) / LAYOUT_SHARE);
  }

  #measureLayout() {
    this.#unmeasured += 1;
    if (this.#layoutMs < LONG_LAYOUT_MS && this.#unmeasured <= PAINTS_UNMEASURED) return;
    const began = performance.now();
    this.#layOut();
    this.#layoutMs = performance.now() - began;
    this.#unmeasured = 0;
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
