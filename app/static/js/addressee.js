// To whom a message is written: beside the field, whom it asks or that it is for everybody, and which model answers. As
// long as the writer has chosen nothing else, the text and the conversation say it, as app/replies/addressing.py does.

import { mentionable } from "./markdown/mentions.js";
import { mentioned } from "./markdown/typed.js";
import { setCookie } from "./storage.js";

const EVERYBODY = "everybody";
const MODEL = "model";

export class Addressee {
  #select;
  #handles;
  #labels;
  #people;
  #asking;
  #chosen = "";
  #text = "";
  #model;

  /**
   * select holds the two choices; handles: names of models by what they are called; labels: by their names; people:
   * names; asking: "every" or "mentions"; model(): the name of the model that a message asks which mentions none.
   */
  constructor(select, { handles, labels, people, asking }, model) {
    [this.#select, this.#handles, this.#labels, this.#model] = [select, handles, labels, model];
    select.querySelector("[value='']")?.remove(); // without scripts only the server knows
    select.addEventListener("change", () => this.#choose(select.value));
    this.described({ people, asking });
  }

  /** The conversation has these people, by name, and messages ask as it says. */
  described({ people, asking = "every" }) {
    [this.#people, this.#asking] = [people, asking];
    this.#select.parentElement.hidden = people.length < 2;
    this.update();
  }

  /** All names that can be mentioned: [{name, isModel}], each model by the name that is shown. */
  get names() {
    const handles = Object.keys(this.#handles);
    const models = Object.keys(this.#labels).map((model) => handles.find((handle) => this.#handles[handle] === model));
    const people = mentionable(handles, this.#people).slice(handles.length);
    return [
      ...models.filter(Boolean).map((name) => ({ name, isModel: true })),
      ...people.map((name) => ({ name, isModel: false })),
    ];
  }

  /** Whether nobody is asked. */
  get isEverybody() {
    return this.#choice === EVERYBODY;
  }

  /** The models that the text asks, as `send` takes them; undefined for the conversation's. */
  get asks() {
    if (this.isEverybody) return [];
    const models = this.#mentionedModels;
    return models.length > 0 ? models : undefined;
  }

  /** This is the text now. */
  update(text = this.#text) {
    this.#text = text;
    this.#select.value = this.#choice;
    const asked = this.#mentionedModels.length > 0 ? this.#mentionedModels : [this.#model()];
    const names = asked.map((model) => (this.#labels[model] ?? model).split(" (")[0]);
    this.#select.querySelector(`[value=${MODEL}]`).textContent = `Asks ${names.join(", ")}`;
  }

  /** Chooses the other of the two for one message; returns whether there is a choice. */
  toggle() {
    if (this.#select.parentElement.hidden) return false;
    this.#choose(this.#choice === EVERYBODY ? MODEL : EVERYBODY);
    return true;
  }

  /** A message was sent: the next one is written to whom the conversation says. */
  reset() {
    this.#choose("");
  }

  #choose(choice) {
    this.#chosen = choice;
    this.update();
  }

  get #choice() {
    if (this.#select.parentElement.hidden) return MODEL;
    if (this.#chosen) return this.#chosen;
    return this.#asking === "every" || this.#mentionedModels.length > 0 ? MODEL : EVERYBODY;
  }

  get #mentionedModels() {
    if (!this.#text.includes("@")) return [];
    const names = mentioned(this.#text, mentionable(Object.keys(this.#handles), this.#people));
    return [...new Set(names.map((name) => this.#handles[name]).filter(Boolean))];
  }
}

/** The model for the next question: remembered for the next conversation in a cookie. */
export class ModelChoice {
  #element;

  /** element is a details with radio buttons; it is null if there is one model. */
  constructor(element) {
    this.#element = element;
    if (!element) return;
    element.addEventListener("change", ({ target }) => this.#chosen(target));
    element.addEventListener("click", (event) => this.#clicked(event));
    element.addEventListener("keydown", (event) => this.#press(event));
    element.addEventListener("toggle", () => element.open && this.#checked.focus());
    document.addEventListener("pointerdown", ({ target }) => element.contains(target) || (element.open = false));
  }

  /** The name of the model; undefined if there is one. */
  get value() {
    return this.#element ? this.#checked.value : undefined;
  }

  get #checked() {
    return this.#element.querySelector(":checked");
  }

  #chosen(option) {
    const name = option.parentElement.querySelector(".models-name").textContent;
    this.#element.querySelector("[data-models-current]").textContent = name;
    setCookie("model", option.value);
  }

  /** A pointer chooses and closes; arrow keys, which click as well, choose one after the other. */
  #clicked({ target, detail: clicks }) {
    if (clicks > 0 && target.closest(".models-option")) this.#close();
  }

  #press(event) {
    if (!this.#element.open || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault(); // Enter would send the form
    event.stopPropagation(); // Escape would stop the answer
    this.#close();
  }

  #close() {
    this.#element.open = false;
    this.#element.querySelector("summary").focus();
  }
}
