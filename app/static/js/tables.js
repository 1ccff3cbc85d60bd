// Tables: a button that copies one as comma-separated values (RFC 4180).

import { blocksIn, createTool } from "./code-blocks.js";

/** Completes all tables within these nodes. */
export function completeTables(nodes) {
  for (const box of blocksIn(nodes, ".table")) {
    if (box.lastElementChild.matches(".tool")) continue;
    const button = createTool("copy-table", "Copy the table as CSV");
    button.dataset.added = ""; // rendering.js leaves it alone
    box.append(button);
  }
}

/** Returns a table's cells as comma-separated values. */
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
