// The last block of a text that has not come to its own end is rendered without open marks. Only where env.isGrowing
// says so: what has ended by itself is rendered as it is.

import { withoutOpenMarks } from "./open-marks.js";

const ENDED = /\n[ \t>]*\n[ \t>]*$/; // by a blank line
const PROSE = /^[,.;:!?)]/;
const FOOTNOTE = /\[\^([A-Za-z0-9_.-]{1,32})\]/;

/** Lets texts grow. */
export function growing(markdown) {
  markdown.core.ruler.before("inline", "growing", ({ tokens, src, env }) => {
    const texts = env.isGrowing && !ENDED.test(src) ? lastTexts(tokens, src) : [];
    for (const token of texts) token.content = closed(token.content);
    env.open = new Set(texts.map(({ children }) => children));
  });
  markdown.core.ruler.after("inline", "grown", (state) => {
    for (const children of state.env.open) closeTags(children, state.Token);
    if (!state.env.isGrowing) return;
    for (const token of state.tokens) if (token.children) token.children = withFootnotes(token.children, state);
  });
  markdown.inline.ruler2.after("balance_pairs", "growing", closeEmphasis);
}

/** Returns the inline tokens that may still grow: of the last paragraph, heading or row of a table. */
function lastTexts(tokens, src) {
  const last = tokens.findLastIndex((token) => token.nesting >= 0);
  if (tokens[last]?.type !== "inline") return [];
  const isLine = tokens[last + 1].type !== "paragraph_close";
  if (isLine && src.endsWith("\n")) return [];
  const row = tokens.findLastIndex(({ type }) => type === "tr_open" || type === "paragraph_open");
  return tokens[last + 1].type.startsWith("t") ? tokens.slice(row).filter(({ type }) => type === "inline") : [tokens[last]];
}

/** Returns the text of a block without the marks that are open at its end; what is open is closed below. */
function closed(content) {
  return withoutOpenMarks(content.startsWith("#") ? content : content.replace(/[ \t]#+$/, ""));
}

/** Closes the tags that are open. */
function closeTags(tokens, Token) {
  const names = [];
  for (const { type, tag, info } of tokens) {
    if (type !== "tag") continue;
    if (info === "opens") names.push(tag);
    else if (names.at(-1) === tag) names.pop();
  }
  for (const name of names.reverse()) tokens.push(new Token("tag", name, 0));
}

/** Marks footnotes before their definition has arrived; it may never do. */
function withFootnotes(tokens, { env, Token }) {
  const marked = tokens.flatMap((token) => markFootnotes(token, Token));
  if (marked.length > tokens.length) env.isProvisional = true;
  return marked;
}

function markFootnotes(token, Token) {
  const [found, label] = (token.type === "text" && FOOTNOTE.exec(token.content)) || [];
  if (!found) return [token];
  const index = token.content.indexOf(found);
  const before = text(token.content.slice(0, index), Token);
  const after = text(token.content.slice(index + found.length), Token);
  const open = new Token("footnote_mark_open", "sup", 1);
  open.attrs = [["class", "footnote-mark"]];
  const mark = [open, text(label, Token), new Token("footnote_mark_close", "sup", -1)];
  return [before, ...mark, ...markFootnotes(after, Token)];
}

function text(content, Token) {
  return Object.assign(new Token("text", "", 0), { content });
}

/** Returns for each token the text of the next one that differs from it. */
function nextTexts(tokens) {
  const texts = [];
  for (let index = tokens.length - 1; index >= 0; index -= 1) {
    const next = tokens[index + 1]?.content ?? "";
    texts[index] = next === tokens[index].content ? texts[index + 1] : next;
  }
  return texts;
}

/** Closes the emphasis that is open, the innermost first. */
function closeEmphasis(state) {
  if (!state.env.open?.has(state.tokens)) return;
  const { delimiters } = state;
  const following = nextTexts(state.tokens);
  for (let index = delimiters.length - 1; index >= 0; index -= 1) {
    const opener = delimiters[index];
    if (!opener.open || opener.end >= 0) continue;
    if (PROSE.test(following[opener.token])) continue; // the mark is spoken about, as in "not *, but +"
    const token = state.push("text", "", 0);
    token.content = state.tokens[opener.token].content;
    opener.end = delimiters.length;
    delimiters.push({ ...opener, token: state.tokens.length - 1, end: -1, open: false, close: true });
  }
}
