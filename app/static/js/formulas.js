// Draws TeX as MathML with Temml. A page with mathematics loads it before it is shown; else mathematics.js does when
// there is any.

import temml from "temml";
import styles from "temml/dist/Temml-Local.css" with { type: "text" };

const FIRST_MS = 500;
const OPTIONS = { throwOnError: true, trust: false, strict: false, maxSize: [20, 20], maxExpand: 200, wrap: "none" };
const DELIMITERS = /^(?:\$\$?|\\[([])([^]*?)(?:\$\$?|\\[)\]])$/;
const FONT_FACE = /@font-face \{[^}]*\}/; // the content security policy has no fonts; the browser's are used

const sheet = new CSSStyleSheet();
sheet.replaceSync(styles.replace(FONT_FACE, ""));
document.adoptedStyleSheets.push(sheet);
drawFirst(document);

/** Draws the mathematics in an element; what is no TeX stays as it is. */
export function draw(element) {
  const source = element.textContent;
  try {
    const drawing = document.createElement("span");
    const [, tex] = DELIMITERS.exec(source) ?? [];
    temml.render(tex, drawing, { ...OPTIONS, displayMode: element.classList.contains("math-display") });
    element.replaceChildren(...drawing.childNodes);
    element.dataset.tex = source;
  } catch {
    element.dataset.undrawn = "";
  }
}

/** Draws what a page has before it is shown, from its end on, where readers mostly are; mathematics.js draws what is left
    when the time is over. */
export function drawFirst(root) {
  const began = performance.now();
  for (const element of Array.from(root.querySelectorAll(".math")).reverse()) {
    if (performance.now() - began > FIRST_MS) return;
    draw(element);
  }
}
