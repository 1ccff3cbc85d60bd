// The list of conversations on the page, live: its rows, and the headings for the reader's days.

import { ConversationList, ListFollower } from "midstream-reader/conversation-list";

import { localize } from "./dates.js";
import { arrange, byPlace } from "./list-groups.js";
import { capped, setCount } from "./page-title.js";

const PLACEHOLDER = "CONVERSATION"; // for the id, in addresses
const NEAR = "400px";

/** Keeps the list in an element in step with the server, and loads more of it while it is scrolled. */
export function startList(element, socket) {
  const view = new ListView(element);
  const list = new ConversationList(view, view.read());
  const older = element.querySelector("[data-older]");
  const near = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && follower.more(), {
    rootMargin: NEAR,
  });
  const request = { archived: element.dataset.archived === "true" };
  const follower = new ListFollower(socket, list, request, element.dataset.next, (next) => {
    older.hidden = !next;
    near.unobserve(older); // to be told again whether it is near
    near.observe(older);
  });
  return view;
}

export class ListView {
  #element;
  #rows = new Map(); // by conversation
  #current;
  #isArranging = false;

  constructor(element) {
    this.#element = element;
    for (const row of element.querySelectorAll("[data-row]")) this.#rows.set(row.dataset.row, row);
    this.#current = element.querySelector("[aria-current]")?.closest("[data-row]").dataset.row;
    document.addEventListener("visibilitychange", () => this.#shown());
    this.#count();
  }

  /** Returns what the page was loaded with, as a ConversationList takes it. */
  read() {
    return Array.from(this.#rows, ([conversation, { dataset }]) => ({
      conversation,
      version: Number(dataset.version),
    }));
  }

  /** Returns the row of a conversation, or undefined. */
  find(id) {
    return this.#rows.get(id);
  }

  /** The conversation that was in use last, except one; undefined if there is none. */
  latestExcept(id) {
    return [...this.#rows.values()].sort(byPlace).find((row) => row.dataset.row !== id);
  }

  /** Shows a conversation that is new or has changed; a list has either archived ones or others. */
  show(conversation) {
    const { conversation: id, archived = false } = conversation;
    if (String(archived) !== this.#element.dataset.archived) return this.remove(id);
    const row = this.#rows.get(id) ?? this.#create(id);
    this.#element.querySelector(".empty")?.remove();
    fill(row, conversation, JSON.parse(this.#element.dataset.labels));
    this.#arrangeSoon();
  }

  /** Removes a conversation. */
  remove(id) {
    this.#rows.get(id)?.remove();
    this.#rows.delete(id);
    this.#arrangeSoon();
  }

  /** Marks the conversation that is open. */
  setCurrent(id) {
    this.#mark(this.#current, false);
    this.#mark((this.#current = id), true);
    this.#count();
  }

  /** Once, however many conversations have changed. */
  #arrangeSoon() {
    if (this.#isArranging) return;
    this.#isArranging = true;
    queueMicrotask(() => {
      this.#isArranging = false;
      arrange(this.#element);
      this.#count();
    });
  }

  #shown() {
    if (!document.hidden) arrange(this.#element); // perhaps it is tomorrow
    this.#count();
  }

  /** Shows in the page's title how many messages are new; what is open and seen is being read. */
  #count() {
    const rows = [...this.#rows].filter(([id]) => document.hidden || id !== this.#current);
    setCount(rows.reduce((sum, [, { dataset }]) => sum + Number(dataset.unread), 0));
  }

  #mark(id, isCurrent) {
    const link = this.#rows.get(id)?.querySelector(".listing-link");
    if (isCurrent) link?.setAttribute("aria-current", "page");
    else link?.removeAttribute("aria-current");
  }

  #create(id) {
    const template = this.#element.querySelector("[data-row-template]");
    const row = template.content.firstElementChild.cloneNode(true);
    row.dataset.row = id;
    for (const link of row.querySelectorAll("a")) link.href = link.getAttribute("href").replace(PLACEHOLDER, id);
    this.#element.querySelector("[data-groups]").append(row); // arranged below
    this.#rows.set(id, row);
    this.#mark(id, id === this.#current);
    return row;
  }
}

function fill(row, conversation, labels) {
  const { title, members, model, version, position, read, snippet = "" } = conversation;
  const { streaming, unread = 0, pinned = false, archived = false, owner = false } = conversation;
  const state = streaming ? "streaming" : unread ? "unread" : "read";
  Object.assign(row.dataset, { version, position, read, unread, pinned, archived, owner, state });
  row.querySelector(".listing-title").textContent = title;
  row.querySelector(".listing-doing").textContent = streaming ? "Answering" : "";
  row.querySelector(".listing-unread").hidden = unread === 0;
  row.querySelector("[data-unread-count]").textContent = capped(unread);
  row.querySelector(".listing-about").textContent = `${members.join(", ")} · ${labels[model] ?? model}`;
  row.querySelector(".listing-snippet").textContent = snippet;
  row.querySelector("[data-options]").setAttribute("aria-label", `Options: ${title}`);
  row.querySelector("time").dateTime = conversation.updated_at;
  localize(row);
}
