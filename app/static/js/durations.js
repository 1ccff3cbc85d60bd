// How long an answer took and what it cost, in the words of app/views/formatting.py: a page that is live
// says the same as one that was loaded.

const NUMBER = new Intl.NumberFormat("en-US");

/** Returns a line about an answer that has ended; an empty one if nothing is known. price: what a million tokens
    that are read, and written, cost, in ten-thousandths of a dollar; undefined if it is not known. */
export function statsLine({ duration_ms: ms, input_tokens: read, output_tokens: tokens } = {}, price) {
  const parts = [];
  if (ms !== undefined) parts.push(duration(ms));
  if (tokens !== undefined) parts.push(`${NUMBER.format(tokens)} ${tokens === 1 ? "token" : "tokens"}`);
  if (price && read !== undefined && tokens !== undefined) parts.push(cost(read * price[0] + tokens * price[1]));
  return parts.join(" · ");
}

function cost(amount) {
  const parts = Math.floor((amount + 500_000) / 1_000_000);
  if (amount && !parts) return "less than $0.0001";
  return `$${Math.floor(parts / 10_000)}.${String(parts % 10_000).padStart(4, "0")}`;
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
