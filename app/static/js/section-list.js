// Shows HTML that comes in sections, and touches only the sections that have changed.

import { nodesOf, patch } from "./patch.js";
import { growTail } from "./tail.js";

export class SectionList {
  #container;
  #shown; // [{html, nodes}]

  /** What the container has already, rendered by the server, is taken over. */
  constructor(container) {
    this.#container = container;
    this.#shown = [{ html: null, nodes: [...container.childNodes] }];
  }

  /** Shows these sections, each a string of HTML. */
  show(sections) {
    let from = this.#firstChange(sections);
    if (this.#grew(from, sections[from])) from += 1;
    const old = this.#shown.splice(from).flatMap((section) => section.nodes);
    const fresh = sections.slice(from).map((html) => ({ html, nodes: nodesOf(html) }));
    const run = patch(this.#container, old, fresh.flatMap((section) => section.nodes));
    for (const { html, nodes } of fresh) this.#shown.push({ html, nodes: run.splice(0, nodes.length) });
  }

  /** Lets the last section grow, if that is the first one that changes; returns whether it did. */
  #grew(index, html) {
    const section = this.#shown[index];
    if (index !== this.#shown.length - 1 || !section.html || !html) return false;
    const nodes = growTail(this.#container, section.nodes, section.html, html);
    if (nodes) Object.assign(section, { html, nodes });
    return nodes !== null;
  }

  /** Returns the nodes that will not change any more, each once: of all sections but the last, or of all. */
  finished(all) {
    const sections = all ? this.#shown : this.#shown.slice(0, -1);
    const fresh = sections.filter((section) => !section.isFinished);
    for (const section of fresh) section.isFinished = true;
    return fresh.flatMap((section) => section.nodes);
  }

  #firstChange(sections) {
    const index = this.#shown.findIndex(({ html }, index) => html !== sections[index]);
    return index < 0 ? this.#shown.length : index;
  }
}
