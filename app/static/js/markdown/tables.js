// Tables: in a box that may scroll sideways, for which it is focusable, with aligned columns; an empty cell of
// the first row heads nothing.

/** Puts tables into boxes. */
export function tables({ core, renderer }) {
  core.ruler.push("table_columns", align);
  core.ruler.push("table_headers", demoteEmpty);
  renderer.rules.table_open = (tokens, index) => {
    return `<div class="table" tabindex="0"${renderer.renderAttrs(tokens[index])}><table>\n`;
  };
  renderer.rules.table_close = () => "</table></div>\n";
}

function align({ tokens }) {
  for (const block of tokens) {
    // The content security policy forbids inline style.
    const style = block.attrGet("style");
    if (style) block.attrs = [["class", style.replace("text-align:", "align-")]];
  }
}

function demoteEmpty({ tokens }) {
  tokens.forEach(({ type }, index) => {
    if (type === "th_open" && !tokens[index + 1].content) tokens[index].tag = tokens[index + 2].tag = "td";
  });
}
