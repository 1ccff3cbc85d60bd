// Lists of tasks: "[ ]" and "[x]" at the start of an item are boxes.

const BOX = /^\[([ xX])\][ \t]+/;

/** Renders the boxes of tasks. */
export function tasks(markdown) {
  markdown.core.ruler.push("tasks", ({ tokens, Token }) => {
    tokens.forEach((token, index) => {
      if (token.type !== "inline" || tokens[index - 1]?.type !== "paragraph_open") return;
      if (tokens[index - 2]?.type === "list_item_open") renderBox(tokens[index - 2], token.children, Token);
    });
  });
}

function renderBox(item, children, Token) {
  const [found, mark] = (children[0]?.type === "text" && BOX.exec(children[0].content)) || [];
  if (!found) return;
  const isDone = mark !== " ";
  const box = new Token("task_box", "input", 0);
  box.attrs = [["type", "checkbox"], ["disabled", ""]]; // prettier-ignore
  if (isDone) box.attrPush(["checked", ""]);
  box.attrPush(["aria-label", isDone ? "Done" : "To do"]);
  item.attrSet("class", "task");
  children[0].content = children[0].content.slice(found.length);
  children.unshift(box);
}
