// <details> and <summary>, each on lines of their own, around Markdown.

const OPENING = /^<details([ \t]+open)?>[ \t]*(?:<summary>([^\n]*)<\/summary>)?[ \t]*$/i;
const SUMMARY = /^<summary>([^\n]*)<\/summary>[ \t]*$/i;
const CLOSING = /^<\/details>[ \t]*$/i;
const UNNAMED = "Details";

/** Renders these tags; without its end, the element goes on to the end of the block around it. */
export function details(markdown) {
  const alt = ["paragraph", "reference", "blockquote", "list"];
  markdown.block.ruler.before("fence", "details", parseBlock, { alt });
}

function parseBlock(state, start, end, silent) {
  if (state.sCount[start] - state.blkIndent >= 4) return false;
  const opening = OPENING.exec(textOf(state, start));
  if (!opening) return false;
  if (!silent) parse(state, start, end, opening);
  return true;
}

function parse(state, start, end, [, isOpen, summary]) {
  const { last, isClosed } = lastLine(state, start, end);
  const opened = state.push("details_open", "details", 1);
  if (isOpen) opened.attrSet("open", "");
  const content = pushSummary(state, start, last, summary);
  const { lineMax, parentType } = state;
  Object.assign(state, { lineMax: last, parentType: "details" });
  state.md.block.tokenize(state, content, last);
  Object.assign(state, { lineMax, parentType });
  state.push("details_close", "details", -1);
  state.line = isClosed ? last + 1 : last;
  opened.map = [start, state.line];
}

/** Returns the line of the end tag, or the line after the last one, and whether there is an end tag. */
function lastLine(state, start, end) {
  let [depth, line] = [1, start + 1];
  for (; line < end && (state.isEmpty(line) || state.sCount[line] >= state.blkIndent); line += 1) {
    const text = textOf(state, line);
    if (OPENING.test(text)) depth += 1;
    else if (CLOSING.test(text)) depth -= 1;
    if (depth === 0) return { last: line, isClosed: true };
  }
  return { last: line, isClosed: false };
}

/** Pushes the summary; returns the line after it. */
function pushSummary(state, start, end, text) {
  let line = start + 1;
  const [, next] = (text === undefined && line < end && SUMMARY.exec(textOf(state, line))) || [];
  if (next !== undefined) line += 1;
  state.push("summary_open", "summary", 1);
  const inline = state.push("inline", "", 0);
  inline.content = (text ?? next ?? "").replace(/^[ \t]+|[ \t]+$/g, "") || UNNAMED;
  inline.map = [start, line];
  inline.children = [];
  state.push("summary_close", "summary", -1);
  return line;
}

function textOf(state, line) {
  return state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]);
}
