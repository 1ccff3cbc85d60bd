// Programs for a start, on the account page: each gets a button to copy it, and colours.

import { listenForCopies } from "./clipboard.js";
import { finishCode } from "./code-blocks.js";
import { Complaints } from "./complaints.js";
import { StatusLine } from "./status-line.js";

const section = document.querySelector("[data-snippets]");
const status = new StatusLine(section.querySelector("[data-status-line]"));

finishCode([section]);
listenForCopies(section, null, status, new Complaints(section.querySelector("[data-complaint]")));
