// Goes to where a reader was, or else to the latest, before the page is shown for the first time.

import { Place } from "./place.js";
import { SafeStorage } from "./safe-storage.js";

const main = document.querySelector("[data-conversation]");
const messages = main.querySelector("[data-messages]");

export const place = new Place(messages, main.dataset.conversation, new SafeStorage("sessionStorage"));

place.find();
