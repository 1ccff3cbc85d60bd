// The emoji that people put on messages: as chips() in _reactions.html renders them. Each state is whole, and the one
// with the higher number counts, whichever way it came.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

import { hiddenText } from "./presence.js";

export const FORMER = "Former member";
const MAX_EARLY = 200; // states of messages that are not on the page

export class Reactions {
  #socket;
  #conversation;
  #me;
  #names; // by sender
  #reacted; // the number of the last change before which none is missing
  #isAsking = false;
  #early = new Map(); // states by id: their messages may be on their way

  /** The first says what the page knows of the conversation, as text. */
  constructor({ conversation, me, people, reacted }, socket) {
    [this.#conversation, this.#me, this.#socket] = [conversation, me, socket];
    [this.#reacted, this.#names] = [Number(reacted), namesOf(JSON.parse(people))];
    socket.on("reactions", (state) => this.#received(state));
  }

  /** The conversation has these people, and so many changes of reactions. */
  described({ people, reacted = 0 }) {
    if (people) this.#names = namesOf(people);
    this.#catchUp(reacted);
  }

  /** A message is new or has changed. */
  changed({ id, reacted, reactions }) {
    if (reacted) this.#take({ id, reacted, reactions });
    if (this.#early.has(id)) this.#take(this.#early.get(id));
  }

  /** A message of an earlier page is shown. */
  earlier(message) {
    this.changed(message);
  }

  #received(state) {
    if (state.conversation !== this.#conversation) return;
    this.#take(state);
    if (state.reacted === this.#reacted + 1) this.#reacted = state.reacted;
    this.#catchUp(state.reacted);
  }

  /** Asks for what has changed since, if anything is missing. */
  #catchUp(latest) {
    if (latest <= this.#reacted || this.#isAsking || !this.#socket.connected) return;
    this.#isAsking = true;
    const request = { conversation: this.#conversation, after: this.#reacted };
    this.#socket.timeout(ACK_TIMEOUT_MS).emit("reacted", request, (error, ack) => {
      this.#isAsking = false;
      if (!error && ack.ok) this.#caughtUp(ack, latest);
    });
  }

  /** What is not shown has changes, too, which are not among these. */
  #caughtUp({ reactions: states, more }, latest) {
    for (const state of states) this.#take(state);
    this.#reacted = Math.max(this.#reacted, more ? states.at(-1).reacted : latest);
    if (more) this.#catchUp(latest);
  }

  #take(state) {
    const article = document.getElementById(state.id);
    if (!article) return this.#keep(state);
    this.#early.delete(state.id);
    if (state.reacted <= Number(article.dataset.reacted)) return;
    article.dataset.reacted = state.reacted;
    this.#show(article, state.reactions);
  }

  #keep(state) {
    if (state.reacted <= this.#early.get(state.id)?.reacted) return;
    this.#early.set(state.id, state);
    if (this.#early.size > MAX_EARLY) this.#early.delete(this.#early.keys().next().value);
  }

  /** A chip stays where it is, with its focus, as long as there is one. */
  #show(article, reactions) {
    const list = article.querySelector("[data-reactions]");
    const known = new Map(Array.from(list.children, (chip) => [chip.value, chip]));
    const action = addressOfMessage(article);
    const chips = reactions.map((each) => this.#fill(known.get(each.emoji) ?? newChip(each.emoji), each, action));
    for (const chip of list.children) if (!chips.includes(chip)) chip.remove();
    chips.forEach((chip, index) => list.children[index] === chip || list.insertBefore(chip, list.children[index]));
    list.hidden = chips.length === 0;
  }

  #fill(chip, { people }, action) {
    const isOwn = people.includes(this.#me);
    const who = this.#named(people);
    chip.title = who;
    chip.ariaPressed = String(isOwn);
    chip.setAttribute("formaction", `${action}/${isOwn ? "unreact" : "react"}`);
    const [count, by] = chip.querySelectorAll("span");
    [count.textContent, by.textContent] = [people.length, ` by ${who}`];
    return chip;
  }

  #named(people) {
    const known = people.filter((person) => this.#names.has(person)).map((person) => this.#names.get(person));
    return [...known, ...(known.length < people.length ? [FORMER] : [])].join(", ");
  }
}

/** The address of a message on this server. */
export function addressOfMessage(article) {
  return article.querySelector("[data-action=more]").getAttribute("href").replace(/\/options$/, "");
}

/** Returns the names of people by their senders. */
export function namesOf(people) {
  return new Map(people.map(({ sender, name }) => [sender, name]));
}

function newChip(emoji) {
  const [chip, count] = [document.createElement("button"), document.createElement("span")];
  count.className = "reaction-count";
  const attributes = { class: "reaction", type: "submit", form: "message-action", formaction: "", name: "emoji" };
  const rest = { value: emoji, title: "", "aria-pressed": "false", "data-action": "react" };
  for (const [name, value] of Object.entries({ ...attributes, ...rest })) chip.setAttribute(name, value);
  chip.append(emoji, count, hiddenText(""));
  return chip;
}
