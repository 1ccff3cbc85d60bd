// Mathematics: $…$, $$…$$, \(…\) and \[…\], kept to the letter for mathematics.js to draw.
//
// A dollar sign is also money. $…$ is mathematics if there is no blank inside of either sign, no letter or digit
// before the first one and no digit after the last one, and if it does not begin like "5 and" or "HOME is": an
// amount or a name, and then a word.

export const PROSE = "(?:[0-9](?:[0-9.,]*[0-9KMBkmb])?|[A-Za-z_]{2,})[.,;:!?)]*[ \\t]+[A-Za-z]{2}";
export const DOLLARS = new RegExp(
  `(?<![A-Za-z0-9$])\\$(?![ \\t\\n]|${PROSE})(?:[^$\\\\\\n]|\\\\[^\\n]){1,1000}(?<![ \\t])\\$(?![0-9$])`,
  "uy",
);
export const DISPLAYED_DOLLARS = /\$\$(?:[^$\\]|\\[\s\S]|\$(?!\$)){1,2000}\$\$(?!\$)/uy;
export const ROUND = /\\\((?:[^\\]|\\[^)]){1,1000}\\\)/uy;
export const SQUARE = /\\\[(?:[^\\]|\\[^\]]){1,2000}\\\]/uy;
const CLOSING = { $$: "$$", "\\[": "\\]" };
const MOST_LINES = 100;

/** Keeps mathematics as it is, in elements of the class "math". */
export function mathematics(markdown) {
  const { escapeHtml } = markdown.utils;
  const alt = ["paragraph", "reference", "blockquote", "list"];
  markdown.block.ruler.before("fence", "math_block", parseBlock, { alt });
  markdown.inline.ruler.before("escape", "math", parseInline);
  markdown.renderer.rules.math = (tokens, index) => {
    const kind = tokens[index].info ? "math math-display" : "math";
    return `<span class="${kind}" dir="ltr">${escapeHtml(tokens[index].content)}</span>`;
  };
  markdown.renderer.rules.math_block = (tokens, index) => {
    const content = escapeHtml(tokens[index].content);
    return `<div class="math math-display" dir="ltr" tabindex="0">${content}</div>\n`;
  };
}

function parseInline(state, silent) {
  const pattern = patternAt(state.src, state.pos);
  if (!pattern) return false;
  pattern.lastIndex = state.pos;
  const [found] = pattern.exec(state.src) ?? [];
  if (!found || pattern.lastIndex > state.posMax) return false;
  if (!silent) {
    const token = state.push("math", "span", 0);
    token.content = found;
    token.info = pattern === DOLLARS || pattern === ROUND ? "" : "display";
  }
  state.pos += found.length;
  return true;
}

function patternAt(text, index) {
  const opening = text.slice(index, index + 2);
  if (opening.startsWith("$")) return opening === "$$" ? DISPLAYED_DOLLARS : DOLLARS;
  return { "\\(": ROUND, "\\[": SQUARE }[opening];
}

/** Lines from one that starts with $$ or \[ to one that ends with its counterpart; there is no blank one between
    them. */
function parseBlock(state, start, end, silent) {
  const first = state.bMarks[start] + state.tShift[start];
  const closing = CLOSING[state.src.slice(first, first + 2)];
  if (!closing || state.sCount[start] - state.blkIndent >= 4) return false;
  const after = lineAfter(state, start, end, closing);
  if (after === null) return false;
  const content = state.getLines(start, after, state.sCount[start], false).replace(/^[ \t]+|[ \t]+$/g, "");
  if (content.indexOf(closing, 2) !== content.length - 2 || !/[^ \t\n]/.test(content.slice(2, -2))) return false;
  if (!silent) {
    const token = state.push("math_block", "div", 0);
    token.content = content;
    token.map = [start, after];
    state.line = after;
  }
  return true;
}

/** Returns the number of the line after the one that ends with closing, or null. */
function lineAfter(state, start, end, closing) {
  const failed = (state.env.unclosedMath ??= {});
  if (start < (failed[closing] ?? 0)) return null;
  let line = start;
  for (; line < Math.min(end, start + MOST_LINES) && !state.isEmpty(line); line += 1) {
    if (line > start && state.sCount[line] < state.blkIndent) break;
    const text = state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]);
    if ((line === start ? text.slice(2) : text).includes(closing)) return line + 1;
  }
  failed[closing] = line;
  return null;
}
