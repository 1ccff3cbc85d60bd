// The menu of a conversation, in the list and beside the title. Without scripts, or for a conversation that is
// not in the list, there is a page of its own.

import { addressOf } from "./navigation.js";

const FAILED = "That did not reach the server. Please try again.";
const GAP_PX = 4;

/** Places an open menu below the button that has opened it. */
export function placeBelow(menu, button) {
  const { bottom, right } = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const top = Math.min(bottom + GAP_PX, window.innerHeight - height - GAP_PX);
  Object.assign(menu.style, { top: `${Math.max(GAP_PX, top)}px`, left: `${Math.max(GAP_PX, right - width)}px` });
}

export class ConversationMenu {
  #menu;
  #dialog;
  #form;
  #list;
  #toast;
  #navigation;
  #target; // {id, title, url} of the conversation whose menu it is

  /** list: a ListView; navigation opens another conversation after one was deleted, if there is any. */
  constructor(root, list, toast, navigation = null) {
    this.#menu = root.querySelector("[data-menu]");
    this.#dialog = root.querySelector("[data-rename]");
    this.#form = root.querySelector("[data-conversation-action]");
    [this.#list, this.#toast, this.#navigation] = [list, toast, navigation];
    root.addEventListener("click", (event) => this.#clicked(event));
    this.#menu.addEventListener("click", (event) => this.#chosen(event));
    this.#dialog.addEventListener("close", () => this.#named());
    this.#dialog.querySelector("[data-cancel]").addEventListener("click", () => this.#dialog.close());
  }

  #clicked(event) {
    const button = event.target.closest("[data-options]");
    const title = event.target.closest("[data-lead][data-owner=true] [data-title]");
    if (button) this.#open(button, event);
    else if (title && this.#aim(title)) this.#rename();
  }

  #open(button, event) {
    const row = this.#aim(button);
    if (!row || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#show(row.dataset);
    this.#menu.showPopover({ source: button }); // so that a drawer which has the button stays open
    placeBelow(this.#menu, button);
    this.#menu.querySelector(".menu-item:not([hidden])").focus({ preventScroll: true });
  }

  /** Makes the conversation that an element belongs to the target; returns its row, if it is listed. */
  #aim(element) {
    const id = element.closest("[data-row]")?.dataset.row ?? element.closest("[data-lead]").dataset.conversationOf;
    const row = this.#list.find(id);
    this.#target = { id, title: row?.querySelector(".listing-title").textContent, url: addressOf(`conversations/${id}`) };
    return row;
  }

  #show({ pinned, archived, muted, owner }) {
    const done = { pin: pinned, archive: archived, mute: muted };
    const hidden = Object.fromEntries(
      Object.entries(done).flatMap(([name, value]) => [
        [name, value],
        [`un${name}`, value !== "true"],
      ]),
    );
    for (const item of this.#menu.querySelectorAll("[data-do]")) {
      const isOthers = item.hasAttribute("data-owner-only") && owner !== "true";
      item.hidden = isOthers || String(hidden[item.dataset.do] ?? false) === "true";
    }
    for (const link of this.#menu.querySelectorAll("[data-below]")) {
      link.hidden = link.hasAttribute("data-owner-only") && owner !== "true";
      link.href = `${this.#target.url}/${link.dataset.below}`;
    }
  }

  #chosen({ target }) {
    const item = target.closest(".menu-item");
    if (!item) return;
    this.#menu.hidePopover();
    const action = item.dataset.do;
    if (action === "rename") this.#rename();
    else if (action === "delete") this.#delete();
    else if (action) this.#send(this.#target, action);
  }

  #rename() {
    const field = this.#dialog.querySelector("input");
    field.value = this.#target.title;
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
    field.select();
  }

  #named() {
    const title = this.#dialog.querySelector("input").value.trim();
    if (this.#dialog.returnValue === "rename" && title) this.#send(this.#target, "rename", { title });
  }

  async #delete() {
    const target = this.#target;
    if (!(await this.#send(target, "delete"))) return;
    this.#toast.show(`“${target.title}” was deleted.`, () => this.#send(target, "restore"));
    if (location.pathname === target.url) this.#leave(target);
  }

  #leave({ id, url }) {
    const next = this.#list.latestExcept(id);
    if (next && this.#navigation) this.#navigation.open(next.querySelector("a").href);
    else location.assign(addressOf(`conversations?deleted=${url.split("/").at(-1)}`));
  }

  /** Promises whether it was done. The change itself comes as an event, to this page as to all others. */
  async #send({ url }, action, fields = {}) {
    const body = new URLSearchParams([...new FormData(this.#form), ...Object.entries(fields)]);
    const headers = { Accept: "application/json" };
    try {
      const response = await fetch(`${url}/${action}`, { method: "POST", body, headers });
      if (response.ok) return true;
      this.#toast.show((await response.json()).message);
    } catch {
      this.#toast.show(FAILED);
    }
    return false;
  }
}
