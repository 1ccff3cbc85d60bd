// Where the reader is: the addresses of pages, and another conversation without loading the page again. What is beside
// the sidebar is replaced by what the server renders for it. The address, the history and the focus are as if it had been
// loaded.

import { localize } from "./formatting.js";
import { drawFirst, whenDrawable } from "./mathematics.js";
import { ScrollPosition, hasReturned } from "./scrolling.js";

const CONVERSATION = /^conversations\/[0-9a-f]{32}$/;
const ONLY_MAIN = { "X-Part": "main" };
const OFFLINE = "There is no connection. Please try again when it is back.";

export class Navigation {
  #mount;
  #opened;
  #toast;
  #loading = new AbortController();
  #shown = targetOf(location);

  /** mount(main, isReturn) returns the page that brings main to life; opened(id, title) is called
      after each. */
  constructor(mount, opened, toast) {
    [this.#mount, this.#opened, this.#toast] = [mount, opened, toast];
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("submit", (event) => this.#submitted(event));
    window.addEventListener("popstate", () => this.#moved());
    this.page = mount(document.querySelector("main"), hasReturned());
  }

  /** Opens a conversation's address; promises whether it was opened here. */
  async open(url, isReturn = true) {
    const response = await this.#fetch(url, { headers: ONLY_MAIN });
    if (response) await this.#show(response, new URL(url, location), isReturn);
  }

  #clicked(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || isForBrowser(event, link) || !isConversation(link)) return;
    if (link.hash && targetOf(link) === this.#shown) return;
    event.preventDefault();
    this.open(link.href);
  }

  /** Starting a conversation leads to its page. */
  async #submitted(event) {
    const form = event.target;
    if (event.defaultPrevented || form.dataset.shortcut !== "new") return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    const response = await this.#fetch(form.action, { method: "POST", body, headers: ONLY_MAIN });
    if (response) await this.#show(response, new URL(response.url), true);
  }

  /** Back or Forward; within a page only the hash differs. */
  async #moved() {
    if (targetOf(location) === this.#shown) return;
    if (!isConversation(location)) return location.reload();
    const response = await this.#fetch(location.href, { headers: ONLY_MAIN });
    if (response) await this.#show(response, new URL(location), true, false);
  }

  /** Returns null if it failed, or if another page was asked for meanwhile. */
  async #fetch(url, options) {
    this.#loading.abort();
    const { signal } = (this.#loading = new AbortController());
    try {
      return await fetch(url, { ...options, signal, cache: "no-store" }); // it is not the page of this address
    } catch {
      if (!signal.aborted) this.#toast.show(OFFLINE);
      return null;
    }
  }

  async #show(response, url, isReturn, isNew = true) {
    const { signal } = this.#loading;
    const html = await response.text().catch(() => "");
    await whenDrawable([html]);
    if (signal.aborted) return;
    const found = new DOMParser().parseFromString(html, "text/html");
    const main = found.querySelector("main[data-conversation]");
    if (!main || !isSameUser(found)) return isNew ? location.assign(url) : location.reload();
    this.page.close();
    if (isNew) history.pushState(null, "", url);
    this.#replace(found, main);
    new ScrollPosition(main, isReturn).restore();
    this.page = this.#mount(main, isReturn);
    this.#announce(main, found.title);
  }

  #replace(found, main) {
    this.#shown = targetOf(location);
    localize(main);
    document.querySelector("main").replaceWith(main);
    drawFirst(main);
    document.querySelector("[data-lead]").replaceWith(found.querySelector("[data-lead]"));
    this.#opened(main.dataset.conversation, found.title);
  }

  /** Screen readers read the title; the focus is where a page that was loaded would have it. */
  #announce(main, title) {
    document.querySelector("[data-announcer]").textContent = title;
    const target = main.querySelector("[autofocus]") ?? document.querySelector("[data-title]");
    target.focus({ preventScroll: true });
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }
}

function isForBrowser(event, link) {
  const isOther = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  return isOther || link.target !== "" || link.hasAttribute("download");
}

function isConversation({ origin, pathname }) {
  const root = addressOf("");
  if (origin !== location.origin || !pathname.startsWith(root)) return false;
  return CONVERSATION.test(pathname.slice(root.length));
}

function targetOf({ pathname, search }) {
  return pathname + search;
}

function isSameUser(found) {
  return found.documentElement.dataset.signIn === document.documentElement.dataset.signIn;
}

/** Returns the address of a page by its path without the first slash, below the prefix of a proxy, if it adds one. */
export function addressOf(path) {
  return `${document.documentElement.dataset.root ?? ""}/${path}`;
}
