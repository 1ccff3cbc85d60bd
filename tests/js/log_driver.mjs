// Drives message-log.js from another language, one JSON object a line on stdin, one on stdout.
//
//   {"new": {"conversation": C, "position"?: N, "revision"?: N, "messages"?: [{"id", "seq", "status", "content"?, "thinking"?, "position"?, "role"?}]}}
//                                      begin anew with what a page holds; absent: with nothing
//   {"event": NAME, "data": {…}}       an event from the server
//   {"joined": {"position", "revision"}}  a join was acknowledged (with "reload": {"forget": true})
//   {"forget": true}                   the reader forgets what it holds
//   {"hold": true}                     asks what the next join would say
//
// Each answer is {"outcome", "behind", "holding", "messages"}: outcome is what apply() returned or
// null; the reader has to join again if it is "rejoin" or `behind` is true; `holding` is the next
// join's payload; messages is {id: {seq, status, content, thinking, position?, error?}}.

import { createInterface } from "node:readline";
import { MessageLog } from "../../app/static/js/message-log.js";

let log = new MessageLog("c");

function perform(line) {
  if (line.new) log = new MessageLog(line.new.conversation, line.new);
  if (line.joined) log.horizon.joined(line.joined);
  if (line.forget) log.forget();
  return line.event ? log.apply(line.event, line.data) : null;
}

function state(outcome) {
  const messages = Object.fromEntries(log.messages);
  return { outcome, behind: log.horizon.behind, holding: log.holding(), messages };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(state(perform(JSON.parse(line)))));
}
