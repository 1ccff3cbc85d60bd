// What every page has: times in the reader's own words, the theme, and shortcuts.

import "./times.js";
import { SafeStorage } from "./safe-storage.js";
import { listenForShortcuts } from "./shortcuts.js";
import { listenForThemes } from "./theme.js";

listenForThemes(document.querySelector("[data-themes]"));
listenForShortcuts(document.querySelector("[data-shortcuts]"), new SafeStorage());
