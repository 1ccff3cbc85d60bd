// The account page: its programs get buttons to copy them, and colours.

import { Alerts, StatusLine } from "./alerts.js";
import { completeCode, listenForCode } from "./blocks.js";
import { listenForCopies } from "./clipboard.js";

const section = document.querySelector("[data-snippets]");
const status = new StatusLine(section.querySelector("[data-status-line]"));
const alerts = new Alerts(section.querySelector("[data-complaint]"));

completeCode([section]);
listenForCode(section);
listenForCopies(section, null, status, alerts);
