// Programs for a start, on the account page: each gets a button to copy it, and colours.

import { listenForCopies } from "./clipboard.js";
import { finishCode } from "./code-blocks.js";

const section = document.querySelector("[data-snippets]");
const status = section.querySelector("[data-status]");

finishCode([section]);
listenForCopies(section, null, (sentence) => (status.textContent = sentence));
