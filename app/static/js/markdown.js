// Markdown to HTML: the twin of app/markdown.py, which gives the same HTML byte for byte.
// Whatever is switched on here must be switched on there; tests/test_markdown.py compares them.

import MarkdownIt from "../vendor/markdown-it.js";

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

/** Puts code, which may scroll sideways, within reach of the keyboard. */
function makeFocusable(rules, name) {
  const rule = rules[name];
  rules[name] = (...where) => rule(...where).replace("<pre>", '<pre tabindex="0">');
}

// As white space it counts here and not in Python; nobody sees it.
function dropByteOrderMarks(state) {
  state.src = state.src.replaceAll("\ufeff", "");
}

// Around a block's text Python's twin drops every white space, and this library that of ASCII alone.
function trim(state) {
  for (const block of state.tokens) {
    if (block.type === "inline") block.content = block.content.trim();
  }
}

function harden(state) {
  for (const block of state.tokens) {
    if (block.children) block.children = hardened(block.children, state.Token);
    // A table's column; inline style is forbidden by the content security policy.
    const style = block.attrGet("style");
    if (style) block.attrs = [["class", style.replace("text-align:", "align-")]];
    if (block.type === "table_open") block.attrSet("tabindex", "0"); // may scroll sideways, too
  }
}

/** Returns inline tokens with images as links (or, inside a link, as text) and links with rel. */
function hardened(tokens, Token) {
  let inside = false;
  const result = tokens.flatMap((token) => {
    inside = token.type === "link_open" || (inside && token.type !== "link_close");
    return token.type === "image" ? imageAsText(token, inside, Token) : [token];
  });
  for (const token of result) {
    if (token.type === "link_open") token.attrSet("rel", REL);
  }
  return result;
}

function imageAsText(image, inside, Token) {
  const text = new Token("text", "", 0);
  text.content =
    markdown.renderer.renderInlineAsText(image.children, markdown.options, {}) || image.attrGet("src");
  if (inside) return [text];
  const link = new Token("link_open", "a", 1);
  link.attrs = [["href", image.attrGet("src")]];
  if (image.attrGet("title")) link.attrPush(["title", image.attrGet("title")]);
  return [link, text, new Token("link_close", "a", -1)];
}
