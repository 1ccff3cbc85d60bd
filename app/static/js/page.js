// What every page has: dates in the reader's language, the theme, shortcuts, and the scroll position of a
// conversation. It runs before the page is shown for the first time.

import { listenForChoices, listenForThemes } from "./appearance.js";
import { keepLocalized } from "./dates.js";
import { registerServiceWorker } from "./installing.js";
import { listenForShortcuts } from "./keyboard.js";
import { arrange } from "./list-groups.js";
import { ScrollPosition, hasReturned } from "./scroll-position.js";
import { guardSignIn } from "./sign-in-guard.js";
import { SafeStorage } from "./storage.js";

const conversation = document.querySelector("[data-conversation]:has([data-composer])");

guardSignIn(document.documentElement);
keepLocalized(document);
for (const list of document.querySelectorAll("[data-list]")) arrange(list);
registerServiceWorker();
listenForThemes(document.querySelector("[data-themes]"));
listenForChoices(document.querySelector("[data-appearance]"));
listenForShortcuts(document.querySelector("[data-shortcuts]"), new SafeStorage());
if (conversation) new ScrollPosition(conversation, hasReturned()).restore();
