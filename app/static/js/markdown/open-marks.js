// What is held back of a text that has not come to its own end: a text that grows, or an answer that was stopped, so
// that no half-open mark is seen and nothing jumps back.
//
// An open emphasis or code is closed. What can't be decided yet is left out until it can: a lone "**" or "-", a
// link or mathematics without its end, the first row of a table: without a pipe before it, from its first " |" on.

import { DISPLAYED_DOLLARS, DOLLARS, PROSE, ROUND, SQUARE } from "./mathematics.js";

const LONGEST = 2_000; // characters without their end: then it is text
const PREFIX = "[ \\t>]*(?:(?:[-+*]|\\d{1,9}[.)])[ \\t]+)*";
const UNDECIDED_LINES = [
  "(?:[-+*=_~`#|: \\t]+|\\d{1,9}[.)]?)", // of a list, a heading, a line across, a fence
  "(?:`{3,}|~{3,})[^`\\n]*",
  "<\\/?[a-z]{0,7}(?:[ \\t]+[a-z]{0,4})?",
  "\\[(?!\\^)[^\\]\\n]*\\]:[^\\n]*", // a definition of a link
  "\\|[^\\n]*(?:\\n[ \\t>|:-]*)?", // the first row of a table
  "<details(?:[ \\t]+open)?>[ \\t\\r\\n]*(?:<(?:(?!<\\/summary>)[^\\n])*)?",
];
const UNDECIDED = new RegExp(`(?:^|\\n)(${PREFIX}(?:${UNDECIDED_LINES.join("|")}))$`, "i");
const CELL = `(?:^|\\n)(?!${PREFIX}\\|)[^\\n|\\\\\`]*[^\\n|\\\\\` \\t]`; // the first one of a line, without a pipe before it
const OTHER_CELLS = "[ \\t]+\\|(?:[ \\t][^\\n]{0,200})?";
const UNDECIDED_CELLS = new RegExp(`${CELL}(${OTHER_CELLS}(?:\\n[ \\t>|:-]*)?)$`);
const UNDECIDED_IN_TABLE = /(?:^|\n)([ \t>]*\|?[ \t]*)$/;
const DELIMITERS = "\\n[ \\t>]*[|:-][^\\n]*"; // the line below the first row of a table
const UNDECIDED_HEADS = [`(?:^|\\n)(${PREFIX}\\|[^\\n]*${DELIMITERS})$`, `${CELL}(${OTHER_CELLS}${DELIMITERS})$`, `(${DELIMITERS})$`].map(
  (pattern) => new RegExp(pattern),
);
const FENCE = /(?:^|\n)([ \t>]*(?:`+|~+)[ \t]*)$/;
const FENCE_OPENING = new RegExp(`(?:^|\\n)(${PREFIX}(?:\`{3,}|~{3,})[^\\n]*)$`);
const DISPLAY = new RegExp(`(?:^|\\n)${PREFIX}(\\$\\$|\\\\\\[)`, "g");
const CLOSING = { $$: "$$", "\\[": "\\]", "\\(": "\\)" };
const SPECIAL = /[\\`$[<&!]/g;
const PARTIAL_TAG = /^<(?:\/?[a-z]{0,7}|(?:https?|mailto):[^ \t\n<>]*)$/i;
const PARTIAL_ENTITY = /^&#?\w{0,31}$/;
const DOLLAR_PROSE = new RegExp(`^\\$${PROSE}`);

/** Returns how much of the text, whose last block is of this type of token, can be shown. */
export function decidedLength(text, type) {
  if (type === "fence") return startOf(FENCE, text) ?? startOf(FENCE_OPENING, text) ?? text.length;
  if (type === "th_close") return startOfHead(text); // its columns may change
  if (type === "td_close") return startOf(UNDECIDED_IN_TABLE, text) ?? text.length;
  const starts = [UNDECIDED, UNDECIDED_CELLS].map((pattern) => startOf(pattern, text) ?? text.length);
  return Math.min(...starts, openDisplay(text));
}

/** Returns where the first row of a table starts to be undecided; where it has been seen, its second line does. */
function startOfHead(text) {
  const starts = UNDECIDED_HEADS.map((pattern) => startOf(pattern, text));
  return starts.find((start) => start !== undefined) ?? text.length;
}

/** Returns where the undecided end of the text starts, or undefined. */
function startOf(pattern, text) {
  const tail = text.slice(-LONGEST);
  const found = pattern.exec(tail);
  return found ? text.length - found[1].length : undefined;
}

/** Returns where displayed mathematics starts that has no end yet. */
function openDisplay(text) {
  const from = Math.max(lastBlankLine(text), text.length - LONGEST);
  const tail = text.slice(from);
  for (const { 0: found, 1: opening, index } of tail.matchAll(DISPLAY)) {
    const start = index + found.length;
    if (!tail.includes(CLOSING[opening], start)) return from + index;
  }
  return text.length;
}

function lastBlankLine(text) {
  const index = text.slice(-LONGEST).search(/\n[ \t]*\n(?![\s\S]*\n[ \t]*\n)/);
  return index < 0 ? 0 : Math.max(0, text.length - LONGEST) + index + 1;
}

/** Returns the text of a block without open marks at its end; an open code is closed. */
export function withoutOpenMarks(text) {
  const { end, closing } = scan(text);
  if (closing) return text.slice(0, end) + closing;
  return withoutAtEnd("*_~!\\ \t", text.slice(0, end)).replace(/^\[[ xX]\]$/, "");
}

/** Returns the text without these characters at its end; a pattern would look at each run of them. */
function withoutAtEnd(characters, text) {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1])) end -= 1;
  return text.slice(0, end);
}

/** Returns where the first open mark starts, or how an open code is closed. */
function scan(text) {
  for (let index = 0; index < text.length; ) {
    SPECIAL.lastIndex = index;
    const found = SPECIAL.exec(text);
    if (!found) break;
    const next = SKIP[found[0]](text, found.index);
    if (typeof next === "object") return next;
    index = next;
  }
  return { end: text.length, closing: "" };
}

const openAt = (index) => ({ end: index, closing: "" });

/** For each character that starts a mark: how to find the end of the mark, or that it is open. */
const SKIP = {
  "\\": skipBackslash,
  "`": skipCode,
  $: skipDollar,
  "[": skipLink,
  "!": (text, index) => index + 1,
  "<": (text, index) => (PARTIAL_TAG.test(text.slice(index, index + LONGEST)) ? openAt(index) : index + 1),
  "&": (text, index) => (PARTIAL_ENTITY.test(text.slice(index, index + 40)) ? openAt(index) : index + 1),
};

function skipBackslash(text, index) {
  const opening = text.slice(index, index + 2);
  if (opening.length < 2) return openAt(index);
  if (!Object.hasOwn(CLOSING, opening)) return index + 2;
  const isOpen = text.length - index < LONGEST && !text.includes(CLOSING[opening], index + 2);
  if (isOpen) return openAt(index);
  return match(opening === "\\(" ? ROUND : SQUARE, text, index) || index + 2;
}

function skipCode(text, index) {
  const [run] = /^`+/.exec(text.slice(index, index + LONGEST));
  const start = index + run.length;
  const closing = new RegExp(`(?<!\`)${run}(?!\`)`, "g");
  closing.lastIndex = start;
  if (closing.test(text)) return closing.lastIndex;
  const code = withoutAtEnd("`", text.slice(start));
  return /[^ \t\n]/.test(code) ? { end: start + code.length, closing: run } : openAt(index);
}

function skipDollar(text, index) {
  const isDisplay = text.startsWith("$$", index);
  const end = match(isDisplay ? DISPLAYED_DOLLARS : DOLLARS, text, index);
  if (end) return end;
  if (text.length - index > LONGEST) return index + 1;
  if (isDisplay) return text.includes("$$", index + 2) ? index + 2 : openAt(index);
  const rest = text.slice(index);
  const isText = /[A-Za-z0-9$]/.test(text[index - 1] ?? "") || /^\$[ \t\n]|\n|[^\\]\$/.test(rest) || DOLLAR_PROSE.test(rest);
  return isText ? index + 1 : openAt(index);
}

function match(pattern, text, index) {
  pattern.lastIndex = index;
  return pattern.test(text) ? pattern.lastIndex : 0;
}

function skipLink(text, index) {
  if (text.length - index > LONGEST) return index + 1;
  const start = text[index - 1] === "!" ? index - 1 : index;
  const end = bracketEnd(text, index, "[", "]");
  const opening = text[end];
  if (!end || !opening) return openAt(start);
  if (opening === "(") return bracketEnd(text, end, "(", ")") || openAt(start);
  if (opening === "[") return bracketEnd(text, end, "[", "]") || openAt(start);
  return index + 1;
}

/** Returns the index after the bracket that closes the one at index; 0 where there is none. */
function bracketEnd(text, index, opening, closing) {
  let depth = 0;
  for (let at = index; at < Math.min(text.length, index + LONGEST); at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === opening) depth += 1;
    else if (text[at] === closing && (depth -= 1) === 0) return at + 1;
  }
  return 0;
}
