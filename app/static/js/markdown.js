// Markdown to HTML: the twin of app/markdown.py, which returns the same HTML byte for byte.
// What is enabled here must be enabled there; tests/test_markdown.py compares them.

import MarkdownIt from "markdown-it";

const LINK = /^(?:https?:\/\/|mailto:)/i;
const REL = "noopener noreferrer nofollow";

export const markdown = new MarkdownIt("commonmark", { html: false, xhtmlOut: false });
markdown.enable(["table", "strikethrough"]);
markdown.validateLink = (url) => LINK.test(url);
markdown.core.ruler.before("block", "drop_byte_order_marks", dropByteOrderMarks);
markdown.core.ruler.after("block", "trim", trim);
markdown.core.ruler.push("harden", harden);

for (const name of ["fence", "code_block"]) makeFocusable(markdown.renderer.rules, name);

/** Returns text, CommonMark with tables and strikethrough, as HTML that is safe to show. */
export function render(text) {
  return markdown.render(text);
}

/** Makes code focusable: it may scroll sideways, which the keyboard must be able to do. */
function makeFocusable(rules, name) {
  const rule = rules[name];
  rules[name] = (...args) => rule(...args).replace("<pre>", '<pre tabindex="0">');
}

// JavaScript trims them as white space and Python does not; they are invisible.
function dropByteOrderMarks(state) {
  state.src = state.src.replaceAll("\ufeff", "");
}

// Around a block's text the Python library drops all white space, and this one only ASCII's.
function trim(state) {
  for (const block of state.tokens) {
    if (block.type === "inline") block.content = block.content.trim();
  }
}

function harden(state) {
  for (const block of state.tokens) {
    if (block.children) block.children = hardened(block.children, state.Token);
    // A table's column; the content security policy forbids inline style.
    const style = block.attrGet("style");
    if (style) block.attrs = [["class", style.replace("text-align:", "align-")]];
    if (block.type === "table_open") block.attrSet("tabindex", "0"); // may scroll sideways, too
  }
}

/** Returns inline tokens with images as links (or, inside a link, as text) and links with rel. */
function hardened(tokens, Token) {
  let isInside = false;
  const result = tokens.flatMap((token) => {
    isInside = token.type === "link_open" || (isInside && token.type !== "link_close");
    return token.type === "image" ? imageAsText(token, isInside, Token) : [token];
  });
  for (const token of result) {
    if (token.type === "link_open") token.attrSet("rel", REL);
  }
  return result;
}

function imageAsText(image, isInside, Token) {
  const text = new Token("text", "", 0);
  text.content =
    markdown.renderer.renderInlineAsText(image.children, markdown.options, {}) || image.attrGet("src");
  if (isInside) return [text];
  const link = new Token("link_open", "a", 1);
  link.attrs = [["href", image.attrGet("src")]];
  if (image.attrGet("title")) link.attrPush(["title", image.attrGet("title")]);
  return [link, text, new Token("link_close", "a", -1)];
}
