// The list of conversations on the page, live: its rows, under headings by the reader's days.

import { ConversationList, ListFollower } from "midstream-reader/conversation-list";

import { isolated, locale, localize, monthOf } from "./formatting.js";
import { capped, listenForNotifications, showCount } from "./new-messages.js";

const PLACEHOLDER = "CONVERSATION"; // for the id, in addresses
const NEAR = "400px";
const DAY_MS = 86_400_000;
const WORDS = ["Pinned", "Today", "Yesterday", "Last 7 days"]; // the other headings are months
const [PINNED, TODAY, YESTERDAY, THIS_WEEK] = WORDS;

/** Keeps the list in an element in step with the server, and loads more of it while it is scrolled. */
export function startList(element, socket) {
  const view = new ListView(element);
  const list = new ConversationList(view, view.read());
  const older = element.querySelector("[data-older]");
  const near = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && follower.more(), {
    rootMargin: NEAR,
  });
  listenForNotifications(socket, JSON.parse(element.dataset.labels));
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

  /** Shows how many messages are new; what is open and seen is being read, and of what is muted
      nothing is told. */
  #count() {
    const isNew = ([id, { dataset }]) => dataset.muted !== "true" && (document.hidden || id !== this.#current);
    const rows = [...this.#rows].filter(isNew);
    showCount(rows.reduce((sum, [, { dataset }]) => sum + Number(dataset.unread), 0));
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
  const { streaming, unread = 0, pinned = false, archived = false, muted = false, owner = false } = conversation;
  const state = streaming ? "streaming" : unread ? "unread" : "read";
  Object.assign(row.dataset, { version, position, read, unread, pinned, archived, muted, owner, state });
  row.querySelector(".listing-title").textContent = title;
  row.querySelector(".listing-doing").textContent = streaming ? "Answering" : "";
  row.querySelector(".listing-unread").hidden = unread === 0;
  row.querySelector("[data-unread-count]").textContent = capped(unread);
  row.querySelector(".listing-about").replaceChildren(...members.flatMap(isolated), ` · ${labels[model] ?? model}`);
  row.querySelector(".listing-snippet").textContent = snippet;
  row.querySelector("[data-options]").setAttribute("aria-label", `Options: ${title}`);
  row.querySelector("time").dateTime = conversation.updated_at;
  localize(row);
}

/** Puts each row of a list where it belongs, under its heading; moves only those that are elsewhere. */
export function arrange(list) {
  const focused = document.activeElement;
  const groups = list.querySelector("[data-groups]");
  const sections = new Map(Array.from(groups.children, (section) => [section.dataset.group, section]));
  const rows = groupBy(Array.from(groups.querySelectorAll("[data-row]")).sort(byPlace), headingOf);
  const placed = Array.from(rows.keys(), (heading) => sections.get(heading) ?? createGroup(list, heading));
  place(groups, placed);
  for (const section of placed) place(section.querySelector("ul"), rows.get(section.dataset.group));
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
}

/** Compares two rows: pinned ones first, then those that were in use last. */
export function byPlace(one, other) {
  const isPinned = ({ dataset }) => dataset.pinned === "true";
  return isPinned(other) - isPinned(one) || timeOf(other) - timeOf(one);
}

function createGroup(list, heading) {
  const section = list.querySelector("[data-group-template]").content.firstElementChild.cloneNode(true);
  section.dataset.group = heading;
  const title = section.querySelector("h2");
  title.textContent = heading;
  if (!WORDS.includes(heading)) title.lang = locale();
  return section;
}

/** Makes these the children of parent, in this order. */
function place(parent, children) {
  let next = parent.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
  while (parent.children.length > children.length) parent.lastElementChild.remove();
}

function groupBy(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

function headingOf(row) {
  if (row.dataset.pinned === "true") return PINNED;
  const date = new Date(timeOf(row));
  const days = Math.round((startOf(new Date()) - startOf(date)) / DAY_MS);
  if (days <= 0) return TODAY;
  if (days === 1) return YESTERDAY;
  return days < 7 ? THIS_WEEK : monthOf(date);
}

function timeOf(row) {
  return Date.parse(row.querySelector("time").dateTime);
}

function startOf(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
