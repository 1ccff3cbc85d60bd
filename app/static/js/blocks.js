// What the page adds to what both renderers render: tools for code and tables, colours, drawn mathematics.

import { completeCode } from "./code-blocks.js";
import { drawMathematics } from "./mathematics.js";
import { completeTables } from "./tables.js";

/** Completes the blocks within these nodes, which may still change or not. */
export function completeBlocks(nodes, areFinal = true) {
  completeCode(nodes, areFinal);
  completeTables(nodes);
  drawMathematics(nodes);
}
