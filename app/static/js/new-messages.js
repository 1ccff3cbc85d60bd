// What tells of new messages outside of the list: a number in the page's title and on the app's icon, a dot on the tab's,
// and the browser's notifications while the page is hidden. They say who and where, and nothing of the text.

import { addressOf } from "./navigation.js";

const MOST = 99; // that are shown as a number
const BODIES = {
  mention: (who) => `${who} has mentioned you.`,
  answer: (who) => `${who} has answered your question.`,
};

let title = document.title; // without the number before it
let count = 0;

/** Sets the title of what is shown. */
export function setTitle(text) {
  title = text;
  showTitle();
}

/** Shows how many messages are new: 0 for none. */
export function showCount(number) {
  count = number;
  showTitle();
  showBadge();
}

/** Returns a number of new messages; of more than 99 as "99+". */
export function capped(number) {
  return number > MOST ? `${MOST}+` : String(number);
}

function showTitle() {
  const shown = count ? `(${capped(count)}) ${title}` : title;
  if (document.title !== shown) document.title = shown;
}

function showBadge() {
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

/** Several tabs show the same one once: it has the tag of its message. */
async function show({ conversation, id, kind, title, by = "Somebody" }, labels) {
  const registration = await navigator.serviceWorker.ready;
  const url = new URL(addressOf(`conversations/${conversation}#${id}`), location).href;
  const body = BODIES[kind]?.(labels[by] ?? by);
  if (body) await registration.showNotification(title, { body, tag: id, data: url });
}
