// Prints an answer while it grows: with its thinking dimmed on a terminal, without it in a pipe.

// eslint-disable-next-line no-control-regex
const CONTROL_CHARACTERS = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g; // a model must not control the terminal

export class Output {
  #stream;
  #printed = { content: 0, thinking: 0 }; // characters

  constructor(stream) {
    this.#stream = stream;
  }

  /** Prints what is new in a message. */
  print(message) {
    if (this.#stream.isTTY) this.#print(message, "thinking", (text) => `\x1b[2m${text}\x1b[0m`);
    const isFirst = this.#printed.thinking > 0 && this.#printed.content === 0;
    this.#print(message, "content", (text) => (isFirst ? `\n\n${text}` : text));
  }

  /** Prints a sentence to standard error: why the command fails, or an answer's note. */
  printError(sentence) {
    console.error(`midstream-reader: ${sentence}`);
  }

  #print(message, part, styled) {
    const text = message[part].slice(this.#printed[part]);
    this.#printed[part] = Math.max(this.#printed[part], message[part].length); // after a reload it may be shorter
    if (text) this.#stream.write(this.#stream.isTTY ? styled(text.replace(CONTROL_CHARACTERS, "")) : text);
  }
}
