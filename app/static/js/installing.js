// Registers the service worker, which shows a page that says so when there is no connection.

import { addressOf } from "./addresses.js";

/** Registers it once the page is loaded: nothing waits for it, and without it everything else works. */
export function registerServiceWorker() {
  if (!("serviceWorker" in navigator)) return;
  window.addEventListener("load", () => navigator.serviceWorker.register(addressOf("service-worker.js")).catch(() => {}));
}
