// Mathematics: drawn from its source, which data-tex keeps (patching.js compares it) and which is copied of it.

const SLICE_MS = 8; // of a frame
const AT_ONCE = 10; // as many as an answer may bring at once: drawn a frame later they would move what is below
const PATIENCE_MS = 2_000;
const MARK = 'class="math'; // in rendered HTML, whose texts have no such quotation mark

const queue = new Set();
let formulas; // loaded when there is mathematics
let waiting; // for that, before any is shown
let hasWaited = false;
let isScheduled = false;

/** Draws the mathematics in these elements: now if there is time in this frame, or else in the next ones. */
export function drawMathematics(elements) {
  for (const element of elements) if (isUndecided(element)) queue.add(element);
  if (queue.size === 0) return;
  if (formulas) drawQueue();
  else schedule();
}

/** Returns a promise if this HTML, in sections, has mathematics that can't be drawn yet: drawn later, it would move what
    is below it. It resolves when it can be drawn, or when that takes too long. */
export function whenDrawable(sections) {
  if (formulas || hasWaited || !sections.some((html) => html.includes(MARK))) return undefined;
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  return (waiting ??= Promise.race([load(), patience]).then(() => (hasWaited = true)));
}

/** Draws what a page has before it is shown, if whenDrawable() says that it can be drawn. */
export function drawFirst(main) {
  formulas?.drawFirst(main);
}

function isUndecided({ dataset: { tex, undrawn } }) {
  return tex === undefined && undrawn === undefined;
}

/** Copies the source of mathematics that is selected within element. */
export function listenForMathematics(element) {
  element.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (selection.rangeCount === 0) return;
    const fragment = wholeFormulas(selection.getRangeAt(0)).cloneContents();
    const drawn = fragment.querySelectorAll("[data-tex]");
    if (drawn.length === 0) return;
    for (const math of drawn) math.replaceChildren(math.dataset.tex);
    event.preventDefault();
    event.clipboardData.setData("text/plain", textOf(fragment));
  });
}

/** Returns the range with all of the formulas at its ends. */
function wholeFormulas(range) {
  const whole = range.cloneRange();
  const [first, last] = [range.startContainer, range.endContainer].map(formulaAround);
  if (first) whole.setStartBefore(first);
  if (last) whole.setEndAfter(last);
  return whole;
}

function formulaAround(node) {
  return (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest("[data-tex]");
}

/** Returns the text of nodes, with the line ends that they have on the page. */
function textOf(fragment) {
  const container = document.createElement("div");
  container.className = "visually-hidden";
  container.append(fragment);
  document.body.append(container);
  const text = container.innerText;
  container.remove();
  return text;
}

function schedule() {
  if (isScheduled) return;
  isScheduled = true;
  const loaded = formulas ? new Promise(requestAnimationFrame) : load();
  loaded.then(() => {
    isScheduled = false;
    if (formulas) drawQueue();
    else giveUp();
  });
}

/** Loads what draws; without a connection that fails, and the next time it is tried again. */
async function load() {
  formulas = await import("./formulas.js").catch(() => null);
}

function drawQueue() {
  const end = performance.now() + SLICE_MS;
  let count = 0;
  for (const element of queue) {
    queue.delete(element);
    if (element.isConnected && isUndecided(element)) formulas.draw(element);
    count += 1;
    if (count >= AT_ONCE && performance.now() > end) return schedule();
  }
  return undefined;
}

/** Shows the source of what can't be drawn. */
function giveUp() {
  for (const element of queue) element.dataset.undrawn = "";
  queue.clear();
}
