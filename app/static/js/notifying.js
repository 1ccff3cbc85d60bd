// What tells of a monthly limit, and of new messages outside of the page: a number on the app's icon, a dot on the tab's, and the browser's
// notifications while the page is hidden. They say who and where, and nothing of the text.

import { addressOf } from "./navigation.js";

const BODIES = {
  mention: (who) => `${who} has mentioned you.`,
  answer: (who) => `${who} has answered your question.`,
};

/** Shows how many messages are new: 0 for none. */
export function showBadge(count) {
  const shown = count ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
  shown?.catch(() => {}); // the app is not installed
  const icon = document.querySelector("link[rel=icon]");
  icon.dataset.plain ??= icon.getAttribute("href");
  const href = count ? icon.dataset.new : icon.dataset.plain;
  if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}

/** Shows what a socket is told of while the page is hidden, where the reader has allowed that; labels: of models. */
export function listenForNotifications(socket, labels) {
  socket.on("notification", (told) => {
    if (document.hidden && window.Notification?.permission === "granted") show(told, labels);
  });
}

/** Shows what a socket is told of a monthly limit, where the page has a field to write in. */
export function listenForWarnings(socket) {
  socket.on("allowance", ({ warning }) => {
    const text = document.querySelector("[data-warning-text]");
    if (!text) return;
    text.textContent = warning;
    text.parentElement.hidden = false;
  });
}

/** Several tabs show the same one once: it has the tag of its message. */
async function show({ conversation, id, kind, title, by = "Somebody" }, labels) {
  const registration = await navigator.serviceWorker.ready;
  const url = new URL(addressOf(`conversations/${conversation}#${id}`), location).href;
  const body = BODIES[kind]?.(labels[by] ?? by);
  if (body) await registration.showNotification(title, { body, tag: id, data: url });
}
