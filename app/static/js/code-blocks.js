// Blocks of code that will not change: they get a button to copy them, and colours when they are in sight.

const NEAR = "400px";
const LANGUAGE = /(?:^| )language-(\S+)/;

let highlight; // loaded when there is code to highlight

const observer = new IntersectionObserver(highlightVisible, { rootMargin: NEAR });

/** Completes all blocks of code within these nodes. */
export function completeCode(nodes) {
  for (const node of nodes) {
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    const blocks = node.matches("pre") ? [node] : node.querySelectorAll("pre");
    for (const block of blocks) complete(block);
  }
}

// The button has no text, because the text of a message is what the model wrote. Its label is in CSS.
function complete(block) {
  if (block.firstElementChild.matches(".code-copy")) return;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "code-copy" });
  button.setAttribute("aria-label", "Copy the code");
  button.dataset.action = "copy-code";
  block.prepend(button);
  const [, language] = LANGUAGE.exec(block.lastElementChild.className) ?? [];
  if (!language) return;
  block.dataset.language = language.toLowerCase();
  observer.observe(block);
}

async function highlightVisible(entries) {
  for (const { target: block } of entries.filter((entry) => entry.isIntersecting)) {
    observer.unobserve(block);
    await highlightBlock(block).catch(() => {}); // without a connection it stays plain
  }
}

async function highlightBlock(block) {
  highlight ??= (await import("./highlighting.js")).highlight;
  await highlight(block.lastElementChild, block.dataset.language);
}
