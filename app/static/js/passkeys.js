// Passkeys: on the sign-in page and the account's. A form with data-passkey asks the server for options, the device for
// an answer to them, and sends that; its button is shown where the browser can do so.

const GONE = "There is no connection. Please try again when it is back.";
const FAILED = "The passkey was not used. Try again, or do it another way.";
const SAYS_NO = "InvalidStateError"; // the device has one for this account already
const ALREADY = "This device has a passkey for your account already.";
const ACTIONS = {
  create: (publicKey) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) }),
  get: (publicKey) =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) }),
};

class PasskeyForm {
  #form;
  #problem;
  #button;

  constructor(form) {
    this.#form = form;
    this.#problem = form.querySelector("[data-problem]");
    this.#problem.id = `problem-${form.dataset.passkey}`;
    this.#button = form.querySelector("button");
    form.addEventListener("submit", (event) => this.#submitted(event));
    form.hidden = false;
  }

  async #submitted(event) {
    event.preventDefault();
    this.#button.disabled = true;
    this.#say("");
    await this.#use().catch((error) => this.#say(sentenceOf(error), error.field));
    this.#button.disabled = false;
  }

  async #use() {
    const { passkey, options } = this.#form.dataset;
    const credential = await ACTIONS[passkey](await this.#send(options));
    const { next } = await this.#send(this.#form.action, { credential: JSON.stringify(credential) });
    location.assign(next);
  }

  async #send(url, more = {}) {
    const body = new URLSearchParams([...new FormData(this.#form), ...Object.entries(more)]);
    const response = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
    const answer = await response.json();
    if (!response.ok) throw new Refusal(answer.message);
    return answer;
  }

  /** Says what is wrong, beside the field of this name if it is about one. */
  #say(sentence, name = "") {
    this.#form.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
    const field = this.#form.elements.namedItem(name);
    field?.setAttribute("aria-invalid", "true");
    field?.setAttribute("aria-describedby", this.#problem.id);
    field?.focus();
    (field?.closest("label") ?? this.#button).after(this.#problem);
    this.#problem.className = field ? "field-problem" : "notice notice-bad";
    this.#problem.textContent = sentence;
    this.#problem.hidden = !sentence;
  }
}

/** What the server has refused, and the field that it names, if any. */
class Refusal extends Error {
  constructor(message) {
    const [, field, sentence] = /^(?:([a-z]+): )?([^]*)$/.exec(message);
    super(sentence.charAt(0).toUpperCase() + sentence.slice(1));
    this.field = field;
  }
}

function sentenceOf(error) {
  if (error instanceof Refusal) return error.message;
  if (error instanceof TypeError || error instanceof SyntaxError) return GONE;
  return error.name === SAYS_NO ? ALREADY : FAILED;
}

if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  for (const form of document.querySelectorAll("[data-passkey]")) new PasskeyForm(form);
}
