// Images become links to them: nothing is loaded that a model has chosen. Links tell nobody.

export const REL = "noopener noreferrer nofollow";

/** Hardens images and links. */
export function hardening(markdown) {
  markdown.core.ruler.push("harden", ({ tokens, Token }) => {
    for (const block of tokens) {
      if (block.children) block.children = hardened(block.children, Token, markdown);
    }
  });
}

/** Returns inline tokens with images as links (or, inside a link, as text) and links with rel. */
function hardened(tokens, Token, markdown) {
  let isInside = false;
  const result = tokens.flatMap((token) => {
    isInside = token.type === "link_open" || (isInside && token.type !== "link_close");
    return token.type === "image" ? asText(token, isInside, Token, markdown) : [token];
  });
  for (const token of result) {
    if (token.type === "link_open" && !token.attrGet("href").startsWith("#")) token.attrSet("rel", REL);
  }
  return result;
}

function asText(image, isInside, Token, { renderer, options }) {
  const text = new Token("text", "", 0);
  text.content = renderer.renderInlineAsText(image.children, options, {}) || image.attrGet("src");
  if (isInside) return [text];
  const link = new Token("link_open", "a", 1);
  link.attrs = [["href", image.attrGet("src")]];
  if (image.attrGet("title")) link.attrPush(["title", image.attrGet("title")]);
  return [link, text, new Token("link_close", "a", -1)];
}
