// What every page has: dates in the reader's language, the theme, shortcuts, and the scroll position of a
// conversation. It runs before the page is shown for the first time.

import { keepLocalized } from "./formatting.js";
import { listenForShortcuts } from "./keyboard.js";
import { arrange } from "./list-view.js";
import { addressOf } from "./navigation.js";
import { ScrollPosition, hasReturned } from "./scrolling.js";
import { ServerBanner } from "./server-banner.js";
import { SafeStorage, setCookie } from "./storage.js";

const root = document.documentElement;
const serverBanner = document.querySelector("[data-server-banner]");
const conversation = document.querySelector("[data-conversation]:has([data-composer])");

guardSignIn();
keepLocalized(document);
for (const list of document.querySelectorAll("[data-list]")) arrange(list);
registerServiceWorker();
listenForThemes(document.querySelector("[data-themes]"));
listenForChoices(document.querySelector("[data-appearance]"));
listenForShortcuts(document.querySelector("[data-shortcuts]"), new SafeStorage());
if (serverBanner) new ServerBanner(serverBanner);
if (conversation) new ScrollPosition(conversation, hasReturned()).restore();

/**
 * Hides a page that the browser took from its cache on the way back, unless the user is still signed in as when it
 * was made. The server's mark of the sign-in is on the page and in a cookie: it is checked now, if the page was
 * reached with Back or Forward, and each time that it comes back from the cache.
 */
function guardSignIn() {
  const mark = root.dataset.signIn;
  if (!mark) return;
  const check = () => isSignedIn(mark) || leave();
  const [navigation] = performance.getEntriesByType("navigation");
  if (navigation?.type === "back_forward") check();
  window.addEventListener("pageshow", (event) => event.persisted && check());
}

function isSignedIn(mark) {
  return document.cookie.split("; ").includes(mark);
}

function leave() {
  root.hidden = true; // at once: the server takes a moment to answer
  location.reload();
}

/**
 * The service worker shows a page that says so when there is no connection. It is registered once the page is loaded:
 * nothing waits for it, and without it everything else works.
 */
function registerServiceWorker() {
  if (!("serviceWorker" in navigator)) return;
  window.addEventListener("load", () => navigator.serviceWorker.register(addressOf("service-worker.js")).catch(() => {}));
}

/**
 * The form in the bar has a button for each theme; without scripts it is sent to the server. The page changes
 * without being loaded again; cookies tell the server, which renders the next one in the same way. A page for strangers
 * has no form.
 */
function listenForThemes(form) {
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    choose("theme", event.submitter.value);
    Array.from(form.querySelectorAll("button")).find((button) => button.checkVisibility()).focus();
    const option = document.querySelector(`[data-appearance] [name=theme][value=${event.submitter.value}]`);
    if (option) option.checked = true;
  });
}

/** The form of the account page has the choices as radio buttons; it is null on other pages. */
function listenForChoices(form) {
  form?.addEventListener("change", ({ target }) => choose(target.name, target.value));
}

/** The first of the values, such as `system`, is what is usual; the page and the cookies don't name it. */
function choose(name, value) {
  const isUsual = ["system", "normal", "enter"].includes(value);
  if (isUsual) root.removeAttribute(`data-${name}`);
  else root.setAttribute(`data-${name}`, value);
  setCookie(name, isUsual ? "" : value);
  if (name === "theme") colourBrowser(isUsual ? "light dark" : value);
}

function colourBrowser(scheme) {
  document.querySelector("meta[name=color-scheme]").content = scheme;
  const ground = getComputedStyle(document.body).backgroundColor;
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) meta.content = ground;
}
