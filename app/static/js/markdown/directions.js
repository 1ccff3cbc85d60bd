// The direction of each block: from its own first strong letter, as dir="auto" says.
//
// A block of blocks, such as a list, has the direction of the first strong letter within it: "auto" would not look
// into those that have a direction of their own, and browsers look through all of them at every change.

const RIGHT = "\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefc\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}";
const STRONG = "[A-Za-z\\u00c0-\\u02af\\u0370-\\u{10ffff}]";
const NEUTRAL =
  "[\\u2000-\\u2bff\\u3000-\\u3004\\u3008-\\u3020\\uff00-\\uff20\\u{1f000}-\\u{1faff}]|[\\ufe00-\\ufe0f]";
const FIRST = new RegExp(`(?!${NEUTRAL})${STRONG}`, "u");
const FROM_RIGHT = new RegExp(`^[${RIGHT}]`, "u");
const LEAVES = new Set(["paragraph_open", "heading_open", "th_open", "td_open", "summary_open"]);
const CONTAINERS = new Set(
  ["bullet_list", "ordered_list", "list_item", "blockquote", "table", "details", "footnote"].map(
    (name) => `${name}_open`,
  ),
);

/** Gives every block a direction. */
export function directions(markdown) {
  markdown.core.ruler.push("directions", ({ tokens }) => {
    tokens.forEach((token, index) => {
      if (LEAVES.has(token.type)) token.attrSet("dir", "auto");
      else if (CONTAINERS.has(token.type)) token.attrSet("dir", isFromRight(tokens, index) ? "rtl" : "ltr");
    });
  });
}

function isFromRight(tokens, start) {
  for (let index = start + 1; tokens[index]?.level > tokens[start].level; index += 1) {
    const [strong] = (tokens[index].type === "inline" && FIRST.exec(tokens[index].content)) || [];
    if (strong) return FROM_RIGHT.test(strong);
  }
  return false;
}
