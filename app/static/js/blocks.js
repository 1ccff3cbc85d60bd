// What the page adds to blocks, whichever renderer has rendered them: tools for code, from the first line on, and for
// tables, colours for code while it is in sight, and drawn mathematics.

import { drawMathematics } from "./mathematics.js";
import { kindOf, togglePreview } from "./previews.js";

const NEAR = "400px";
const GROWING_MS = 300; // between two times that code which grows is coloured
const TOOLS = [
  ["wrap-code", "Wrap long lines"],
  ["download-code", "Download the code"],
  ["copy-code", "Copy the code"],
];
const ENDINGS = {
  bash: "sh", "c++": "cpp", csharp: "cs", javascript: "js", jsx: "jsx", kotlin: "kt", markdown: "md", perl: "pl",
  python: "py", ruby: "rb", rust: "rs", shell: "sh", typescript: "ts", yaml: "yml",
}; // prettier-ignore

const isFinal = new WeakMap(); // block → whether its code changes no more
const visible = new WeakSet();
const waiting = new WeakSet(); // blocks that will be coloured soon
let highlighting; // loaded when there is code to highlight

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) {
        visible.add(target);
        color(target);
      } else {
        visible.delete(target);
        uncolor(target);
      }
    }
  },
  { rootMargin: NEAR },
);

/** Completes the blocks within these nodes, which may still change or not. */
export function completeBlocks(nodes, areFinal = true) {
  completeCode(nodes, areFinal);
  completeTables(nodes);
  drawMathematics(blocksIn(nodes, ".math"));
}

/** Completes all blocks of code within these nodes, which may still change or not. */
export function completeCode(nodes, areFinal = true) {
  for (const block of blocksIn(nodes, ".code")) {
    isFinal.set(block, areFinal);
    if (!block.firstElementChild.matches(".code-tools")) addTools(block);
    else if (areFinal) color(block);
    else colorSoon(block);
  }
}

function addTools(block) {
  const tools = document.createElement("div");
  tools.className = "code-tools";
  tools.dataset.added = ""; // patching.js leaves it alone
  const kind = kindOf(languageOf(block));
  if (kind) tools.append(createTool(`preview-${kind.file.split(".")[0]}`, kind.label));
  tools.append(...TOOLS.map(([action, label]) => createTool(action, label)));
  block.prepend(tools);
  if (block.dataset.language) observer.observe(block);
}

/** Returns the text of a block of code. */
export function codeOf(block) {
  return block.querySelector("pre").textContent.replace(/\n$/, "");
}

/** Wraps, downloads and previews code when a button within element is pressed. */
export function listenForCode(element) {
  element.addEventListener("click", ({ target }) => {
    const button = target.closest(".code-tools > button");
    if (button) act(button, button.closest(".code"));
  });
}

function act(button, block) {
  const { action } = button.dataset;
  if (action === "download-code") download(block);
  if (action === "wrap-code") button.setAttribute("aria-pressed", block.toggleAttribute("data-wrapped"));
  if (!action.startsWith("preview-")) return;
  button.setAttribute("aria-pressed", togglePreview(block, codeOf(block), kindOf(languageOf(block))));
}

function languageOf(block) {
  return block.dataset.language?.toLowerCase() ?? "";
}

function download(block) {
  const language = languageOf(block);
  const ending = ENDINGS[language] ?? (/^[a-z0-9]{1,8}$/.exec(language)?.[0] || "txt");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${codeOf(block)}\n`], { type: "text/plain" }));
  link.download = `code.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Colours a block that grows. Each time takes as long as painting all the rest. */
function colorSoon(block) {
  if (waiting.has(block)) return;
  waiting.add(block);
  setTimeout(() => {
    waiting.delete(block);
    color(block);
  }, GROWING_MS);
}

async function color(block) {
  if (!visible.has(block)) return;
  try {
    highlighting ??= await import("./highlighting.js");
    await highlighting.highlight(block.querySelector("code"), languageOf(block), isFinal.get(block));
  } catch {
    // without a connection it stays plain
  }
  if (!visible.has(block)) uncolor(block); // it has left meanwhile
}

function uncolor(block) {
  highlighting?.hideColors(block.querySelector("code"));
}

/** Gives tables a button that copies them. */
function completeTables(nodes) {
  for (const box of blocksIn(nodes, ".table")) {
    if (box.lastElementChild.matches(".tool")) continue;
    const button = createTool("copy-table", "Copy the table as CSV");
    button.dataset.added = ""; // patching.js leaves it alone
    box.append(button);
  }
}

/** Returns a table's cells as comma-separated values (RFC 4180). */
export function csvOf(box) {
  const rows = Array.from(box.querySelectorAll("tr"), ({ cells }) => Array.from(cells, fieldOf).join(","));
  return rows.join("\r\n");
}

function fieldOf(cell) {
  const copy = cell.cloneNode(true);
  for (const math of copy.querySelectorAll("[data-tex]")) math.replaceChildren(math.dataset.tex);
  const text = copy.textContent.trim();
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Yields what matches the selector in these nodes. */
function* blocksIn(nodes, selector) {
  for (const node of nodes) {
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    if (node.matches(selector)) yield node;
    else yield* node.querySelectorAll(selector);
  }
}

/** Creates a button without text, because the text of a message is what the model wrote: its label is in CSS. */
function createTool(action, label) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "tool" });
  button.setAttribute("aria-label", label);
  button.dataset.action = action;
  return button;
}
