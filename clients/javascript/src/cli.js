#!/usr/bin/env node
// MIDSTREAM_URL=… MIDSTREAM_TOKEN=… midstream-reader CONVERSATION [QUESTION [FILE_ID…]]
// Follows the answer that is streaming, or asks a question and follows its answer, to the end.
// … midstream-reader upload CONVERSATION PATH… prints the ids of files that it has uploaded.

import { isAddress, Refused } from "./access.js";
import { upload } from "./files.js";
import { Output } from "./output.js";
import { Reader } from "./reader.js";

const INCOMPLETE = 1;
// A conflict: the question was removed before its answer came.
const EXITS = { unauthorized: 3, not_found: 4, unreachable: 5, conflict: INCOMPLETE };
const USAGE = 2;
const REFUSED = 6;
const ANSWER_REMOVED = "The answer was removed.";
const QUESTION_REMOVED = "The question was removed.";
const DISCONNECT_MS = 1000;

const { MIDSTREAM_URL: url, MIDSTREAM_TOKEN: token } = process.env;
const words = process.argv.slice(2);
const isUpload = words[0] === "upload";
const [conversation, ...more] = isUpload ? words.slice(1) : words;
const [question, ...files] = more;
const asks = !isUpload && more.some(Boolean); // with files a question may be empty
const output = new Output(process.stdout);
let answer = null; // its id
let hasArrived = false;

if (!url || !token || !conversation) {
  output.printError("MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.");
  process.exit(USAGE);
}
if (isUpload && more.length === 0) {
  output.printError("A conversation's id and a file are needed.");
  process.exit(USAGE);
}
if (!isAddress(url)) {
  output.printError("MIDSTREAM_URL must be an address that begins with http:// or https://.");
  process.exit(USAGE);
}
process.stdout.on("error", () => process.exit(INCOMPLETE)); // the pipe was closed

if (isUpload) process.exit(await uploadAll(more));

const reader = new Reader({ url, token, conversation }, {
  changed: show,
  removed: handleRemoval,
  inStep: checkAnswer,
  refused: (code, sentence) => end(EXITS[code] ?? REFUSED, sentence),
});
if (asks) reader.ask(question, files).then(follow, ({ code, message }) => end(EXITS[code] ?? REFUSED, message));

/** Uploads files and prints their ids; returns the exit code. */
async function uploadAll(paths) {
  for (const path of paths) {
    try {
      console.log(await upload({ url, token, conversation }, path));
    } catch (error) {
      const isRefused = error instanceof Refused;
      output.printError(isRefused ? error.message : `${path} can't be read.`);
      return isRefused ? (EXITS[error.code] ?? REFUSED) : USAGE;
    }
  }
  return 0;
}

function follow(id) {
  answer = id;
  const message = reader.log.messages.get(id);
  if (message) show(message);
}

/** Ends if the answer was removed, or its question, which means that there will be no answer. */
function handleRemoval(ids) {
  if (ids.includes(answer)) end(INCOMPLETE, ANSWER_REMOVED);
  else if (ids.includes(reader.question)) end(INCOMPLETE, QUESTION_REMOVED);
}

/** Ends if there is no answer to wait for, now that the reader holds everything. */
function checkAnswer() {
  if (!answer && !asks) end(0);
  if (hasArrived && !reader.log.messages.has(answer)) end(INCOMPLETE, ANSWER_REMOVED);
}

function show(message) {
  if (!asks && message.status === "streaming") answer ??= message.id;
  if (message.id !== answer) return;
  hasArrived = true;
  output.print(message);
  if (message.status === "streaming") return;
  process.stdout.write("\n");
  if (message.status === "complete") end(0, message.note);
  else end(INCOMPLETE, message.error ?? message.note ?? `The answer was ${message.status}.`);
}

/** Sets the exit code; the process ends when everything is printed and the server knows. */
function end(code, sentence) {
  if (sentence) output.printError(sentence);
  process.exitCode = code;
  reader.close();
  setTimeout(() => process.exit(), DISCONNECT_MS).unref(); // if the server does not answer
}
