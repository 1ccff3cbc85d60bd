// The banner that the administrators show to everybody. Pages with a socket are told when it changes; others ask. What
// is wrong with a page's connection is in another banner, see alerts.js.

import { hideAndMoveFocus } from "./keyboard.js";
import { addressOf } from "./navigation.js";

const EVERY_MS = 60_000;
const EVERY_TOLD_MS = 300_000; // of what changes between the page and its socket, nobody tells it
const LONGEST_MS = 2 ** 31 - 1; // that a timer can wait
const EVENT = "server-banner"; // of the document: a page's socket may belong to another bundle
const AS_JSON = { Accept: "application/json" };

/** Tells the page's banner what a socket is told; after each time that it is connected again, to ask. */
export function passOnBanner(socket) {
  let isFirst = true;
  const pass = (detail) => document.dispatchEvent(new CustomEvent(EVENT, { detail }));
  socket.on("banner", (payload) => pass(payload));
  socket.on("connect", () => {
    pass(isFirst ? undefined : "ask");
    isFirst = false;
  });
}

export class ServerBanner {
  #element;
  #form;
  #text;
  #timer;
  #asking;
  #height = 0;

  /** element: what shows it, now or later; a page for strangers has none. */
  constructor(element) {
    [this.#element, this.#form] = [element, element.querySelector("form")]; // who is not signed in can't hide it
    this.#text = element.querySelector("[data-server-banner-text]");
    this.#askEvery(EVERY_MS);
    this.#form?.addEventListener("submit", (event) => this.#dismiss(event));
    document.addEventListener("visibilitychange", () => document.hidden || this.#ask());
    document.addEventListener(EVENT, ({ detail }) => this.#told(detail));
    new ResizeObserver(() => this.#makeRoom()).observe(element);
    this.#endAt(element.dataset.until);
  }

  #askEvery(ms) {
    clearInterval(this.#asking);
    this.#asking = setInterval(() => document.hidden || this.#ask(), ms);
  }

  /** A page that is told asks only for what it may have missed. */
  #told(detail) {
    this.#askEvery(EVERY_TOLD_MS);
    if (detail === "ask") this.#ask();
    else if (detail) this.#show(detail);
  }

  async #ask() {
    const response = await fetch(addressOf("banner"), { headers: AS_JSON, cache: "no-store" }).catch(() => null);
    const payload = response?.ok ? await response.json().catch(() => null) : null;
    if (payload) this.#show(payload);
  }

  #show({ id, text, kind, until = "" }) {
    clearTimeout(this.#timer);
    if (!id) return this.#hide();
    Object.assign(this.#element.dataset, { kind, until });
    if (this.#form) this.#form.elements.id.value = id;
    this.#element.hidden = false;
    if (this.#text.textContent !== text) this.#text.textContent = text; // screen readers read a change
    this.#endAt(until);
  }

  #endAt(until) {
    const left = Date.parse(until) - Date.now();
    if (until) this.#timer = setTimeout(() => this.#hide(), Math.min(left, LONGEST_MS));
  }

  /** Hides it for this person, on all pages. */
  #dismiss(event) {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(this.#form));
    fetch(this.#form.action, { method: "POST", body, headers: AS_JSON }).catch(() => {}); // then it comes back
    this.#hide();
  }

  #hide() {
    const main = document.querySelector("main");
    main.tabIndex = -1;
    hideAndMoveFocus(this.#element, main, () => (this.#element.hidden = true));
  }

  /** What else stays below the bar is below the banner. To set this again takes a style of each element. */
  #makeRoom() {
    const height = this.#element.offsetHeight;
    if (height !== this.#height) document.documentElement.style.setProperty("--server-banner", `${height}px`);
    this.#height = height;
  }
}
