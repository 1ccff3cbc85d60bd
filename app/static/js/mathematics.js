// Mathematics: drawn from its source, which data-tex keeps (patching.js compares it) and which is copied of it.

const SLICE_MS = 8; // of a frame

const queue = new Set();
let formulas; // loaded when there is mathematics
let isScheduled = false;

/** Draws the mathematics in these elements: now if there is time in this frame, or else in the next ones. */
export function drawMathematics(elements) {
  for (const element of elements) if (isUndecided(element)) queue.add(element);
  if (queue.size === 0) return;
  if (formulas) drawQueue();
  else schedule();
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
  const loaded = formulas ? new Promise(requestAnimationFrame) : import("./formulas.js");
  loaded.then(
    (module) => {
      isScheduled = false;
      if (!formulas) formulas = module;
      drawQueue();
    },
    () => {
      isScheduled = false;
      giveUp([...queue]); // without a connection it stays source
    },
  );
}

function drawQueue() {
  const began = performance.now();
  for (const element of queue) {
    queue.delete(element);
    if (element.isConnected) draw(element);
    if (performance.now() - began > SLICE_MS) return schedule();
  }
  return undefined;
}

function draw(element) {
  const source = element.textContent;
  try {
    element.replaceChildren(...formulas.draw(source, element.classList.contains("math-display")));
    element.dataset.tex = source;
  } catch {
    giveUp([element]); // what is no TeX stays as it is
  }
}

/** Shows the source of what can't be drawn. */
function giveUp(elements) {
  for (const element of elements) {
    queue.delete(element);
    element.dataset.undrawn = "";
  }
}
