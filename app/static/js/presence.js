// Who else is here: tells the server that this reader is, and shows the others in the header, and who types below
// the form. Screen readers find it where it is, and are not interrupted.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

import { addressOf } from "./navigation.js";

const TYPING_MS = 3000; // while somebody types, it is said this often; the server forgets it after twice that
const SAYING_MS = 1000;
const SHOWN = 3; // avatars, and on a narrow page
const SHOWN_NARROW = 1;
const NARROW = matchMedia("(max-width: 30rem)");
const HUES = 8; // in avatars.css
const SEVERAL = "Several people are typing…";

export class Presence {
  #socket;
  #conversation;
  #me;
  #people = [];
  #present = [];
  #list;
  #line;
  #said = null; // what the server knows
  #isJoined = false;
  #isFollowing = false;
  #typedAt = -Infinity;
  #timer = null;

  /** list: the element for avatars; line: that for who types; signal: another page takes the place of this one. */
  constructor(socket, { conversation, me, people }, list, line, signal) {
    [this.#socket, this.#conversation, this.#me] = [socket, conversation, me];
    [this.#list, this.#line, this.#people] = [list, line, JSON.parse(people)];
    socket.on("present", (data) => data.conversation === conversation && this.#show(data.people));
    socket.on("disconnect", () => {
      this.#left();
      this.#show([]);
    });
    socket.on("rejoin", (data) => data.conversation === conversation && this.#left());
    document.addEventListener("visibilitychange", () => this.#saySoon(0), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** The conversation has these people. */
  described({ people }) {
    if (people) this.#people = people;
    this.#show(this.#present);
    this.#saySoon(0); // the second person may have come
  }

  /** The reader has joined the conversation, perhaps again. */
  inStep() {
    this.#isJoined = true;
    this.#saySoon(0);
  }

  /** The reader sees the end of the text, or no longer. */
  setFollowing(isFollowing) {
    this.#isFollowing = isFollowing;
    this.#saySoon();
  }

  /** Something was typed. */
  typed(text) {
    const now = performance.now();
    if (!this.#isJoined || this.#isAlone || !text.trim() || now - this.#typedAt < TYPING_MS) return;
    this.#typedAt = now;
    this.#emit("typing", {});
  }

  /** What was typed is sent: the next letter is said at once. */
  sent() {
    this.#typedAt = -Infinity;
  }

  /** There is nobody to be told. */
  get #isAlone() {
    return this.#people.length < 2;
  }

  #left() {
    this.#isJoined = false;
    this.#said = null;
  }

  #saySoon(delay = SAYING_MS) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#say(), delay);
  }

  #say() {
    const state = { here: !document.hidden, following: this.#isFollowing };
    const key = JSON.stringify(state);
    if (!this.#isJoined || this.#isAlone || this.#said === key) return;
    this.#said = key;
    this.#emit("presence", state, (error, ack) => {
      if (!error && ack.ok) return this.#show(ack.people);
      this.#said = null;
      if (ack?.retry_after) this.#saySoon(ack.retry_after * 1000);
    });
  }

  #emit(event, fields, acknowledged = () => {}) {
    const request = { conversation: this.#conversation, ...fields };
    this.#socket.timeout(ACK_TIMEOUT_MS).emit(event, request, acknowledged);
  }

  #show(present) {
    this.#present = present;
    const states = new Map(present.map((state) => [state.sender, state]));
    const others = this.#people.filter(({ sender }) => sender !== this.#me && states.has(sender));
    this.#showHere(others.map((person) => ({ ...person, ...states.get(person.sender) })));
    this.#line.textContent = sentence(others.filter(({ sender }) => states.get(sender).typing));
  }

  #showHere(people) {
    this.#list.hidden = this.#isAlone;
    const key = JSON.stringify(people.map(({ name, sender, avatar: picture, following }) => [name, sender, picture, following]));
    if (this.#list.dataset.present === key) return;
    this.#list.dataset.present = key;
    const shown = NARROW.matches ? SHOWN_NARROW : SHOWN;
    const more = people.slice(shown);
    this.#list.replaceChildren(...people.slice(0, shown).map(item), ...(more.length ? [rest(more)] : []));
  }
}

function item(person) {
  const element = document.createElement("li");
  const label = nameOf(person);
  element.append(avatar(person), hiddenText(label));
  element.firstChild.title = label;
  if (person.following) element.dataset.following = "";
  return element;
}

function rest(people) {
  const element = document.createElement("li");
  const names = people.map(nameOf).join(", ");
  element.className = "present-more";
  element.title = names;
  element.append(`+${people.length}`, hiddenText(` more: ${names}`));
  return element;
}

function nameOf({ name, following }) {
  return following ? `${name}, reading along` : name;
}

function sentence([first, second, ...more]) {
  if (!first) return "";
  if (more.length) return SEVERAL;
  return second ? `${first.name} and ${second.name} are typing…` : `${first.name} is typing…`;
}

/** Returns somebody as a picture, or initials in a colour, as _avatar.html renders it. It is hidden from screen readers: the name
    must be beside it, or hidden from sight. */
export function avatar({ name, sender, avatar: picture }) {
  const element = document.createElement("span");
  element.className = "avatar";
  element.dataset.hue = hue(sender);
  element.title = name;
  element.ariaHidden = "true";
  if (picture) element.append(image(addressOf(`avatars/${picture}`)));
  else element.textContent = initials(name);
  return element;
}

function image(address) {
  const element = document.createElement("img");
  element.setAttribute("src", address);
  element.alt = "";
  return element;
}

/** Returns a text for screen readers alone. */
export function hiddenText(text) {
  const element = document.createElement("span");
  element.className = "visually-hidden";
  element.textContent = text;
  return element;
}

function initials(name) {
  const words = name.split(/\s+/u).filter(Boolean);
  const letters = [...new Set([words[0], words.at(-1)])].map((word = "") => Array.from(word)[0] ?? "");
  return letters.join("").toUpperCase();
}

function hue(sender) {
  return Array.from(sender, (sign) => sign.codePointAt(0)).reduce((sum, code) => sum + code, 0) % HUES;
}
