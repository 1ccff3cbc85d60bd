// Draws TeX as MathML with Temml; mathematics.js loads this when there is any.

import temml from "temml";
import styles from "temml/dist/Temml-Local.css" with { type: "text" };

const OPTIONS = { throwOnError: true, trust: false, strict: false, maxSize: [20, 20], maxExpand: 200, wrap: "none" };
const DELIMITERS = /^(?:\$\$?|\\[([])([^]*?)(?:\$\$?|\\[)\]])$/;
const FONT_FACE = /@font-face \{[^}]*\}/; // the content security policy has no fonts; the browser's are used

const sheet = new CSSStyleSheet();
sheet.replaceSync(styles.replace(FONT_FACE, ""));
document.adoptedStyleSheets.push(sheet);

/** Returns the nodes of TeX between its delimiters; throws if it can't be drawn. */
export function draw(source, displayMode) {
  const [, tex] = DELIMITERS.exec(source) ?? [];
  const drawing = document.createElement("span");
  temml.render(tex, drawing, { ...OPTIONS, displayMode });
  return drawing.childNodes;
}
