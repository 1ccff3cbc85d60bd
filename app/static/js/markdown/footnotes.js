// Footnotes: [^1] and, on a line of its own, "[^1]: …", which stays where it is written.
//
// The definition is kept like that of a link with the label "^1". So everything that holds for those holds for
// footnotes, also that a definition applies to the text before it while that grows.

const DEFINITION = /\[\^([A-Za-z0-9_.-]{1,32})\]:[ \t]*/y;
const INDENT = 4; // of further lines
const TARGET = "#note-";

/** Renders footnotes and what refers to them. */
export function footnotes(markdown) {
  const alt = ["paragraph", "reference", "blockquote", "list"];
  markdown.block.ruler.before("reference", "footnote", parseBlock, { alt });
  markdown.core.ruler.after("inline", "footnote_marks", markAll);
}

function parseBlock(state, start, end, silent) {
  DEFINITION.lastIndex = state.bMarks[start] + state.tShift[start];
  const [found, label] = DEFINITION.exec(state.src) ?? [];
  if (!found || state.sCount[start] - state.blkIndent >= 4) return false;
  if (silent) return true;
  define(state, start, label);
  parse(state, start, end, label, DEFINITION.lastIndex);
  return true;
}

function define({ md, env }, line, label) {
  env.references ??= {};
  const definition = { title: "", href: TARGET + label, map: [line, line + 1] };
  env.references[md.utils.normalizeReference(`^${label}`)] ??= definition;
}

function parse(state, start, end, label, content) {
  const opened = state.push("footnote_open", "div", 1);
  opened.attrs = [["class", "footnote"], ["data-note", label]]; // prettier-ignore
  const { parentType } = state;
  const before = [state.bMarks[start], state.tShift[start], state.sCount[start]];
  [state.bMarks[start], state.tShift[start]] = [content, 0];
  state.blkIndent += INDENT;
  state.sCount[start] = state.blkIndent;
  state.parentType = "footnote";
  state.md.block.tokenize(state, start, end);
  state.parentType = parentType;
  [state.bMarks[start], state.tShift[start], state.sCount[start]] = before;
  state.blkIndent -= INDENT;
  state.push("footnote_close", "div", -1);
  state.line = Math.max(state.line, start + 1);
  opened.map = [start, state.line];
}

function markAll({ tokens, Token }) {
  for (const block of tokens) {
    if (block.children?.some(refers)) block.children = marked(block.children, Token);
  }
}

function refers(token) {
  return token.type === "link_open" && token.attrGet("href").startsWith(TARGET);
}

function marked(tokens, Token) {
  let isInside = false;
  return tokens.flatMap((token) => {
    if (refers(token)) {
      isInside = true;
      const mark = new Token("footnote_mark_open", "sup", 1);
      mark.attrs = [["class", "footnote-mark"]];
      return [mark, token];
    }
    if (isInside && token.type === "link_close") {
      isInside = false;
      return [token, new Token("footnote_mark_close", "sup", -1)];
    }
    if (isInside && token.type === "text") token.content = token.content.replace(/^\^/, "");
    return [token];
  });
}
