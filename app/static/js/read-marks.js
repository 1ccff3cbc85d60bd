// Who has read how far: this reader, what is new to them, and the other people of a conversation.

import { ACK_TIMEOUT_MS } from "midstream-reader/timeouts";

import { avatar, hiddenText } from "./presence.js";

const DELAY_MS = 500; // several messages are read at once
const SHOWN = 3; // avatars below one message

/** Tells the server how far the reader has read: up to the last message that has ended and was in sight, while the
    page was seen. */
export class ReadMark {
  #log;
  #socket;
  #messages;
  #read;
  #seen = 0; // the position of the last message that was in sight
  #inSight = new Set(); // positions
  #observer = new IntersectionObserver((entries) => this.#moved(entries));
  #timer = null;

  /** messages: the element that has them; read: the position up to which the server knows. */
  constructor(log, socket, messages, read) {
    [this.#log, this.#socket, this.#messages, this.#read] = [log, socket, messages, read];
    for (const event of ["connect", "message", "streaming_end"]) socket.on(event, () => this.update());
    socket.on("listed", (data) => this.#listed(data));
    this.#observe();
  }

  /** The position up to which the reader has read, here or elsewhere. */
  get read() {
    return this.#read;
  }

  /** Tells the server soon, if there is anything new. */
  update() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#observe();
      this.#send();
    }, DELAY_MS);
  }

  /** Another page takes this one's place. */
  close() {
    clearTimeout(this.#timer);
    this.#observer.disconnect();
  }

  #observe() {
    for (const article of this.#messages.querySelectorAll(".message")) this.#observer.observe(article);
  }

  #moved(entries) {
    for (const { target, isIntersecting } of entries) {
      const position = Number(target.dataset.position);
      if (isIntersecting) this.#inSight.add(position);
      else this.#inSight.delete(position);
    }
    this.#note();
    if (this.#position > this.#read) this.update();
  }

  #note() {
    if (!document.hidden) this.#seen = Math.max(this.#seen, ...this.#inSight);
  }

  /** The reader has read it in another tab, or on another device. */
  #listed({ conversation, read }) {
    if (conversation === this.#log.conversation) this.#read = Math.max(this.#read, read);
  }

  #send() {
    this.#note();
    const position = this.#position;
    if (document.hidden || !this.#socket.connected || position <= this.#read) return;
    const request = { conversation: this.#log.conversation, position };
    this.#socket.timeout(ACK_TIMEOUT_MS).emit("read", request, (error, ack) => {
      if (!error && ack.ok) this.#read = Math.max(this.#read, position);
    });
  }

  /** An answer that streams is not read yet. */
  get #position() {
    return Math.min(this.#seen, ...this.#log.streaming.map(({ position }) => (position ?? Infinity) - 1));
  }
}

/** The mark above the first message that the reader has not read. The server renders it; it stays where it is while
    the page is seen, and moves while it is hidden. */
export class NewMark {
  #messages;
  #readMark;

  /** messages: the element that has them; readMark: a ReadMark. */
  constructor(messages, readMark, socket, signal) {
    [this.#messages, this.#readMark] = [messages, readMark];
    for (const event of ["message", "streaming_end", "listed"]) socket.on(event, () => this.#arrived());
    document.addEventListener("visibilitychange", () => document.hidden || this.#place(), { signal });
  }

  #arrived() {
    if (document.hidden) queueMicrotask(() => this.#place()); // when the page shows the message
  }

  #place() {
    const { read } = this.#readMark;
    const isNew = ({ dataset: { position, own, status } }) =>
      Number(position) > read && own !== "true" && status !== "streaming";
    const first = read && Array.from(this.#messages.querySelectorAll(".message")).find(isNew);
    const mark = this.#messages.querySelector("[data-new-mark]") ?? createNewMark();
    if (!first) mark.remove();
    else if (first.previousElementSibling !== mark) first.before(mark);
  }
}

/** Who has read up to which message, in a conversation of several people: as seen() in _message.html renders it. */
export class SeenMarks {
  #messages;
  #me;
  #people = [];
  #read = new Map(); // positions, by sender: they only grow

  /** messages: the element that has them; me: the reader as a sender; people: of the conversation. */
  constructor(messages, { me, people }, socket) {
    [this.#messages, this.#me] = [messages, me];
    this.#take(JSON.parse(people));
    socket.on("seen", (data) => this.#seen(data));
  }

  /** The conversation has these people. */
  described({ people }) {
    if (people) this.#take(people);
    this.#show();
  }

  /** A message has come. */
  added() {
    this.#show();
  }

  /** Messages were removed. */
  removed() {
    this.#show();
  }

  #take(people) {
    this.#people = people.filter(({ sender }) => sender !== this.#me);
    for (const { sender, read = 0 } of people) this.#advance(sender, read);
  }

  #seen({ conversation, people }) {
    if (conversation !== this.#conversation) return;
    for (const { sender, read } of people) this.#advance(sender, read);
    this.#show();
  }

  #advance(sender, read) {
    this.#read.set(sender, Math.max(read, this.#read.get(sender) ?? 0));
  }

  #show() {
    const articles = Array.from(this.#messages.querySelectorAll(".message"));
    const readers = new Map(articles.map((article) => [article, []]));
    for (const person of this.#people) {
      const read = this.#read.get(person.sender);
      const last = articles.findLast(({ dataset }) => Number(dataset.position) <= read);
      if (last) readers.get(last).push(person);
    }
    for (const [article, people] of readers) showSeen(article.querySelector("[data-seen]"), people);
  }

  get #conversation() {
    return this.#messages.closest("[data-conversation]").dataset.conversation;
  }
}

function createNewMark() {
  const mark = document.createElement("p");
  mark.className = "new-mark";
  mark.dataset.newMark = "";
  mark.textContent = "New";
  return mark;
}

/** Does nothing where these are shown already. */
function showSeen(element, people) {
  const names = people.map(({ name }) => name).join(", ");
  const key = [names, ...people.map(({ avatar: picture }) => picture)].join("\n");
  if (element.dataset.seen === key) return;
  element.dataset.seen = key;
  element.hidden = people.length === 0;
  const more = people.length > SHOWN ? [moreThan(people.length - SHOWN)] : [];
  const parts = [hiddenText(`Seen by ${names}`), ...people.slice(0, SHOWN).map(avatar), ...more];
  element.replaceChildren(...(people.length ? parts : []));
}

function moreThan(count) {
  const element = document.createElement("span");
  element.className = "message-seen-more";
  element.ariaHidden = "true";
  element.textContent = `+${count}`;
  return element;
}
