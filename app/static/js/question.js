// What can be asked: the server's limits, known beforehand, so that nobody waits for a refusal.

const LONGEST = 32_000; // code points, as the server counts

/** Returns what is wrong with a question, in a sentence; nothing where it can be sent. */
export function problemWith(content) {
  if (!content.trim()) return "Write something first.";
  const length = [...content].length;
  if (length > LONGEST) return `That is too long: ${count(length)} characters, ${count(LONGEST)} at most.`;
  if (content.includes("\0") || !content.isWellFormed()) return "That has characters in it that are no text.";
}

function count(number) {
  return number.toLocaleString("en-US");
}
