// The one line that says what happens, politely, to those who can't see it.

const SHOWN_MS = 2000;

export class StatusLine {
  #element;
  #timer;

  constructor(element) {
    this.#element = element;
  }

  /** Says a sentence. */
  say(sentence) {
    this.#hide();
    this.#element.textContent = sentence;
  }

  /** Says a sentence for a moment, also to those who can see, where nothing else would show it. */
  flash(sentence, isSeen = true) {
    this.say(sentence);
    this.#element.classList.toggle("visually-hidden", !isSeen);
    this.#timer = setTimeout(() => this.say(""), SHOWN_MS);
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#element.classList.add("visually-hidden");
  }
}
