// A few HTML tags that models write where Markdown has nothing: <br>, <sub>, <sup>, <kbd> and <mark>, each without
// attributes. All else that looks like a tag is text.

const BREAK = /<br[ \t]*\/?>/iy;
const TAG = /<(\/?)(sub|sup|kbd|mark)>/iy;
const UNPAIRED = "tag"; // the type of a token, until its counterpart is found

/** Renders these tags, where they are in pairs. */
export function tags(markdown) {
  markdown.inline.ruler.before("autolink", "tag", parseTag);
  markdown.core.ruler.after("inline", "tag_pairs", ({ tokens }) => {
    for (const { children } of tokens) if (children) pair(children);
  });
}

function parseTag(state, silent) {
  if (!state.src.startsWith("<", state.pos)) return false;
  BREAK.lastIndex = TAG.lastIndex = state.pos;
  const tag = TAG.exec(state.src);
  const found = tag ?? BREAK.exec(state.src);
  if (!found) return false;
  if (!silent) push(state, tag);
  state.pos += found[0].length;
  return true;
}

function push(state, tag) {
  if (!tag) return state.push("hardbreak", "br", 0);
  const [content, slash, name] = tag;
  const info = slash ? "" : "opens";
  return Object.assign(state.push(UNPAIRED, name.toLowerCase(), 0), { content, info });
}

/** Makes tags of those that are in pairs, properly nested in all else, and text of the others. */
function pair(tokens) {
  const openTokens = [];
  for (const token of tokens) {
    const last = openTokens.at(-1);
    if (token.nesting > 0 || token.info === "opens") openTokens.push(token);
    else if (token.nesting < 0) while (openTokens.pop()?.type === UNPAIRED);
    else if (token.type === UNPAIRED && last?.type === UNPAIRED && last.tag === token.tag) {
      become(openTokens.pop(), 1);
      become(token, -1);
    } else if (token.children) pair(token.children); // an image
  }
  for (const token of tokens) if (token.type === UNPAIRED) token.type = "text";
}

function become(token, nesting) {
  token.type = `${token.tag}_${nesting > 0 ? "open" : "close"}`;
  token.nesting = nesting;
}
