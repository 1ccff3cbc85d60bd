// Drives rule.js from another language, one JSON object a line on stdin, one on stdout.
//
//   {"new": {"conversation": C, "position"?: N, "revision"?: N, "messages"?: [{"id", "seq", "status", "content"?, "thinking"?, "position"?, "role"?}]}}
//                                      start again with what a page holds; absent: with nothing
//   {"event": NAME, "data": {…}}       an event from the server
//   {"joining": true}                  the reader sends its join
//   {"joined": {"position", "revision"}}  a join was acknowledged (with "reload": {"forget": true})
//   {"forget": true}                   the reader forgets what it holds
//   {"state": true}                     changes nothing
//
// Each answer is {"outcome", "behind", "request", "messages"}: outcome is what apply() returned or
// null; the reader has to join again if it is "rejoin" or `behind` is true; `request` is the next
// join's payload; messages is {id: {seq, status, content, thinking, position?, error?}}.

import { createInterface } from "node:readline";
import { MessageLog } from "../../clients/javascript/src/rule.js";

let log = new MessageLog("c");

function perform(line) {
  if (line.new) log = new MessageLog(line.new.conversation, line.new);
  if (line.joining) log.joining();
  if (line.joined) log.joined(line.joined);
  if (line.forget) log.forget();
  return line.event ? log.apply(line.event, line.data) : null;
}

function state(outcome) {
  const messages = Object.fromEntries(log.messages);
  return { outcome, behind: log.isBehind, request: log.joinRequest(), messages };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(state(perform(JSON.parse(line)))));
}
