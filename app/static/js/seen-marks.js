// Who has read up to which message, in a conversation of several people: as seen() in _message.html renders it.

import { avatar, hiddenText } from "./avatars.js";

const SHOWN = 3; // avatars below one message

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

  /** Messages have come or gone. */
  changed() {
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
    for (const [article, people] of readers) show(article.querySelector("[data-seen]"), people);
  }

  get #conversation() {
    return this.#messages.closest("[data-conversation]").dataset.conversation;
  }
}

/** Does nothing where these are shown already. */
function show(element, people) {
  const key = people.map(({ name }) => name).join(", ");
  if (element.dataset.seen === key) return;
  element.dataset.seen = key;
  element.hidden = people.length === 0;
  const more = people.length > SHOWN ? [moreThan(people.length - SHOWN)] : [];
  const parts = [hiddenText(`Seen by ${key}`), ...people.slice(0, SHOWN).map(avatar), ...more];
  element.replaceChildren(...(people.length ? parts : []));
}

function moreThan(count) {
  const element = document.createElement("span");
  element.className = "message-seen-more";
  element.ariaHidden = "true";
  element.textContent = `+${count}`;
  return element;
}
