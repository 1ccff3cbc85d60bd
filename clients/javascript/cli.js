#!/usr/bin/env node
// MIDSTREAM_URL=… MIDSTREAM_TOKEN=… node cli.js CONVERSATION [QUESTION]
// Follows the answer that is on its way, or asks a question and follows its answer, to the end.

import { Reader } from "./midstream.js";

const INCOMPLETE = 1;
// A conflict: the question was removed before its answer came.
const EXITS = { unauthorized: 3, not_found: 4, unreachable: 5, conflict: INCOMPLETE };
const USAGE = 2;
const REFUSED = 6;
const REMOVED = "The answer was removed.";
const WITHDRAWN = "The question was removed.";
const GOODBYE_MS = 1_000;

const { MIDSTREAM_URL: url, MIDSTREAM_TOKEN: token } = process.env;
const [conversation, question] = process.argv.slice(2);
const isTerminal = process.stdout.isTTY;
const printed = { content: 0, thinking: 0 };
let followed = null; // the id of the answer
let wasThere = false;

if (!url || !token || !conversation) {
  console.error("midstream-reader: MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.");
  process.exit(USAGE);
}
if (!/^https?:\/\/[^/\s]/.test(url)) {
  console.error("midstream-reader: MIDSTREAM_URL begins with http:// or https://.");
  process.exit(USAGE);
}
process.stdout.on("error", () => process.exit(INCOMPLETE)); // nobody reads it any more

const reader = new Reader({ url, token, conversation }, {
  changed: show,
  removed: leave,
  inStep: lookAround,
  refused: (code, sentence) => end(EXITS[code] ?? REFUSED, sentence),
});
if (question) reader.ask(question).then(follow, ({ code, message }) => end(EXITS[code] ?? REFUSED, message));

function follow(id) {
  followed = id;
  const message = reader.log.messages.get(id);
  if (message) show(message);
}

/** Stops waiting for an answer that is gone, or that won't come since its question is. */
function leave(ids) {
  if (ids.includes(followed)) end(INCOMPLETE, REMOVED);
  else if (ids.includes(reader.question)) end(INCOMPLETE, WITHDRAWN);
}

/** Looks whether there is anything to wait for, all being there that the server has. */
function lookAround() {
  if (!followed && !question) end(0);
  if (wasThere && !reader.log.messages.has(followed)) end(INCOMPLETE, REMOVED);
}

function show(message) {
  if (!question && message.status === "streaming") followed ??= message.id;
  if (message.id !== followed) return;
  wasThere = true;
  if (isTerminal) print(message, "thinking", (text) => `\x1b[2m${text}\x1b[0m`);
  const isFirst = printed.thinking > 0 && printed.content === 0;
  print(message, "content", (text) => (isFirst ? `\n\n${text}` : text));
  if (message.status === "streaming") return;
  process.stdout.write("\n");
  if (message.status === "complete") end(0);
  else end(INCOMPLETE, message.error ?? `The answer was ${message.status}.`);
}

/** Prints what is new; a terminal shall get no commands from a model. */
function print(message, part, styled) {
  const text = message[part].slice(printed[part]);
  printed[part] = Math.max(printed[part], message[part].length); // less for a while after a reload
  // eslint-disable-next-line no-control-regex
  if (text) process.stdout.write(isTerminal ? styled(text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, "")) : text);
}

/** Ends with a code, when all that was printed is out and the server has heard. */
function end(code, sentence) {
  if (sentence) console.error(`midstream-reader: ${sentence}`);
  process.exitCode = code;
  reader.close();
  setTimeout(() => process.exit(), GOODBYE_MS).unref(); // or does not answer any more
}
