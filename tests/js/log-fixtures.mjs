import { MessageLog } from "../../clients/javascript/src/rule.js";

export const ANSWER = { id: "answer", conversation: "c", status: "streaming" };

/** Returns a log with a question and its answer, which streams. */
export function logWithAnswer() {
  const answer = { id: "answer", position: 2, role: "assistant", seq: 2, status: "streaming", content: "Hel" };
  const question = { id: "question", position: 1, role: "user", seq: 1, status: "complete" };
  return new MessageLog("c", { position: 2, revision: 0, messages: [question, answer] });
}

/** Returns the event of a message that is complete, a question unless `more` says otherwise. */
export const messageAt = (position, more = {}) => ({
  id: `m${position}`,
  conversation: "c",
  since: 0,
  seq: 1,
  status: "complete",
  position,
  revision: 0,
  role: "user",
  ...more,
});
