#!/usr/bin/env node
// MIDSTREAM_URL=… MIDSTREAM_TOKEN=… node cli.js CONVERSATION [QUESTION]
// Follows the answer that is on its way, or asks a question and follows its answer, to the end.

import { Reader } from "./midstream.js";

const EXITS = { unauthorized: 3, not_found: 4 };
const INCOMPLETE = 1;
const USAGE = 2;
const REFUSED = 6;
const REMOVED = "The answer was removed.";

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

const reader = new Reader({ url, token, conversation }, {
  changed: show,
  removed: (ids) => ids.includes(followed) && end(INCOMPLETE, REMOVED),
  inStep: lookAround,
  refused: (code, sentence) => end(EXITS[code] ?? REFUSED, sentence),
});
if (question) reader.ask(question).then(follow, ({ code, message }) => end(EXITS[code] ?? REFUSED, message));

function follow(id) {
  followed = id;
  const message = reader.log.messages.get(id);
  if (message) show(message);
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
  printed[part] = message[part].length;
  // eslint-disable-next-line no-control-regex
  if (text) process.stdout.write(isTerminal ? styled(text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, "")) : text);
}

/** Ends with a code, when all that was printed is out. */
function end(code, sentence) {
  if (sentence) console.error(`midstream-reader: ${sentence}`);
  process.exitCode = code;
  reader.close();
}
