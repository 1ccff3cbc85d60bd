// Code that will not change any more: it gets a button to copy it, and colours when it is in sight.

const NEAR = "400px";
const LANGUAGE = /(?:^| )language-(\S+)/;

let highlight; // brought when there is code to colour

const inSight = new IntersectionObserver(colour, { rootMargin: NEAR });

/** Sees to all code within these nodes. */
export function finishCode(nodes) {
  for (const node of nodes) {
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    const blocks = node.matches("pre") ? [node] : node.querySelectorAll("pre");
    for (const block of blocks) finish(block);
  }
}

// The button has no text of its own: the text of a message is what the model said. Its label is in CSS.
function finish(block) {
  if (block.firstElementChild.matches(".code-copy")) return;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "code-copy" });
  button.setAttribute("aria-label", "Copy the code");
  button.dataset.action = "copy-code";
  block.prepend(button);
  const [, language] = LANGUAGE.exec(block.lastElementChild.className) ?? [];
  if (!language) return;
  block.dataset.language = language.toLowerCase();
  inSight.observe(block);
}

async function colour(entries) {
  for (const { target: block } of entries.filter((entry) => entry.isIntersecting)) {
    inSight.unobserve(block);
    await paint(block).catch(() => {}); // without a connection it stays plain
  }
}

async function paint(block) {
  highlight ??= (await import("./highlighting.js")).highlight;
  await highlight(block.lastElementChild, block.dataset.language);
}
