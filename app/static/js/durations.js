// How long an answer took and what it cost, in the words of app/views/formatting.py: a page that is live
// says the same as one that was loaded.

const NUMBER = new Intl.NumberFormat("en-US");

/** Returns a line about an answer that has ended; an empty one if nothing is known. */
export function statsLine({ duration_ms: ms, output_tokens: tokens } = {}) {
  const parts = [];
  if (ms !== undefined) parts.push(duration(ms));
  if (tokens !== undefined) parts.push(`${NUMBER.format(tokens)} ${tokens === 1 ? "token" : "tokens"}`);
  return parts.join(" · ");
}

/** Returns the title of the thinking: how long it has taken so far, or took. */
export function thinkingTitle(isThinking, ms) {
  if (ms === undefined) return "Thinking";
  return `${isThinking ? "Thinking" : "Thought"} for ${duration(ms)}`;
}

/** Returns milliseconds in words: 12 s, 2 min 5 s. */
function duration(ms) {
  const seconds = Math.max(1, Math.floor((ms + 500) / 1000));
  const parts = [`${Math.floor(seconds / 60)} min`, `${seconds % 60} s`];
  return parts.filter((part) => !part.startsWith("0 ")).join(" ");
}
