// Addresses in a text: https://…, http://… and www.… are links.

// An address ends at white space, at marks of Markdown and quotation marks, and at the punctuation of Chinese
// and Japanese. What other punctuation is at its end belongs to the sentence.
const PART =
  '[^\\x00-\\x20"*<>\\[\\\\\\]`\\x7f-\\xa0\\u1680\\u2000-\\u206f\\u3000-\\u303f\\ufeff-\\uff0f\\uff1a-\\uff20]*';
const START = "[A-Za-z0-9\\u00a1-\\uffff]";
const ADDRESS = `https?://${START}${PART}|www\\.${START}${PART}`;
const WORD = /[A-Za-z0-9+./@_-]/;
const SCHEME = /https?$/i;
const TRAILING = "!?.,:;'~_&#$%-";

/** Yields where each address in a text starts and ends. */
export function* addresses(text) {
  for (const { 0: found, index } of text.matchAll(new RegExp(ADDRESS, "gi"))) {
    if (index === 0 || !WORD.test(text[index - 1])) yield [index, index + trimmed(found).length];
  }
}

/** Returns an address without the punctuation of the sentence around it. */
function trimmed(address) {
  let surplus = address.split(")").length - address.split("(").length;
  let end = address.length;
  while (end > 0 && (TRAILING.includes(address[end - 1]) || (address[end - 1] === ")" && surplus > 0))) {
    if (address[end - 1] === ")") surplus -= 1;
    end -= 1;
  }
  return address.slice(0, end);
}

/** Returns what an address that somebody wrote leads to. */
export function target(address) {
  return /^www\./i.test(address) ? `https://${address}` : address;
}

/** Makes addresses links. */
export function links(markdown) {
  markdown.inline.ruler.after("text", "address", linkAddress);
  markdown.core.ruler.after("inline", "addresses", linkAddresses);
}

/** An address with a scheme, found at its colon: in it no other mark has a meaning. */
function linkAddress(state, silent) {
  const { src, pos } = state;
  if (state.linkLevel || !src.startsWith("://", pos)) return false;
  const [scheme] = SCHEME.exec(src.slice(Math.max(0, pos - 5), pos)) ?? [];
  if (!scheme) return false;
  const start = pos - scheme.length;
  const pattern = new RegExp(ADDRESS, "iy");
  pattern.lastIndex = start;
  const [found] = pattern.exec(src) ?? [];
  if (!found || (start > 0 && WORD.test(src[start - 1]))) return false;
  const address = trimmed(found);
  if (!silent) {
    if (!state.pending.endsWith(scheme)) return false;
    state.pending = state.pending.slice(0, -scheme.length);
    state.push("link_open", "a", 1).attrs = [["href", target(address)]];
    state.push("text", "", 0).content = address;
    state.push("link_close", "a", -1);
  }
  state.pos = start + address.length;
  return true;
}

/** Addresses without a scheme, in what is only text. */
function linkAddresses({ tokens, Token }) {
  for (const block of tokens) {
    if (block.children) block.children = linked(block.children, Token);
  }
}

function linked(tokens, Token) {
  let isInside = false;
  return tokens.flatMap((token) => {
    isInside = token.type === "link_open" || (isInside && token.type !== "link_close");
    if (isInside || token.type !== "text" || !/www\./i.test(token.content)) return [token];
    return split(token.content, Token);
  });
}

function split(content, Token) {
  const tokens = [];
  let done = 0;
  for (const [start, end] of addresses(content)) {
    const open = new Token("link_open", "a", 1);
    const address = content.slice(start, end);
    open.attrs = [["href", target(address)]];
    tokens.push(text(content.slice(done, start), Token), open, text(address, Token));
    tokens.push(new Token("link_close", "a", -1));
    done = end;
  }
  return [...tokens, text(content.slice(done), Token)];
}

function text(content, Token) {
  return Object.assign(new Token("text", "", 0), { content });
}
