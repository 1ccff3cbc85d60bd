// The account's page of exports and imports, live: when a job is further, the server renders the page again.

import { PageConnection, newPageSocket } from "./connection.js";

const POLL_MS = 5000; // also without an event, as from another process where there is no Redis
const FOLLOW_TIMEOUT_MS = 10000;

const jobs = document.querySelector("[data-jobs]");
const socket = newPageSocket();
let isLoading = false;

socket.on("job", load);
socket.on("connect", follow);
new PageConnection(socket).followPage({ shown: load });
setInterval(() => "growing" in jobs.dataset && load(), POLL_MS);

function follow() {
  socket.timeout(FOLLOW_TIMEOUT_MS).emit("conversations", { follow: true }, (error) => error || load());
}

async function load() {
  if (isLoading || document.hidden || isFilledIn()) return;
  isLoading = true;
  const response = await fetch(location.pathname, { cache: "no-store" }).catch(() => null);
  const html = response?.ok ? await response.text() : "";
  isLoading = false;
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-jobs]");
  if (fresh) show(fresh);
}

/** What has not changed stays: what is open in it, or has the focus, is not lost. */
function show(fresh) {
  jobs.toggleAttribute("data-growing", "growing" in fresh.dataset);
  const sections = jobs.querySelectorAll("section");
  for (const [index, section] of fresh.querySelectorAll("section").entries()) {
    if (withoutToken(section) !== withoutToken(sections[index])) replace(sections[index], section);
  }
}

function replace(old, section) {
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(section);
  if (hadFocus) (section.querySelector("a.button, button") ?? section).focus();
}

function withoutToken(section) {
  const copy = section.cloneNode(true);
  for (const token of copy.querySelectorAll("[name=csrf_token]")) token.remove();
  return copy.innerHTML;
}

/** A file that was chosen would be lost. */
function isFilledIn() {
  return Boolean(jobs.querySelector("[type=file]")?.value);
}
