// Dates and times as the reader's clock and language have them, in short, and how long an answer took and what it
// cost. The server renders both, by app/views/dates.py and formatting.py: the words of the latter stay as they are.

// What the reader has chosen, else the browser's, which undefined stands for.
const LANGUAGE = globalThis.document?.documentElement.dataset.dates;
const TIME = { hour: "numeric", minute: "2-digit" };
const DAY = { month: "short", day: "numeric" };
const [TODAY, THIS_YEAR, DATE] = [TIME, { ...DAY, ...TIME }, { year: "numeric", ...DAY }].map(format);
const FULL = format({ dateStyle: "full", timeStyle: "short" });
const MONTH = format({ month: "long", year: "numeric" });
/** Returns the language of all of these. */
export const locale = lazily(() => THIS_YEAR().resolvedOptions().locale);
const NUMBER = lazily(() => new Intl.NumberFormat("en-US"));

const CHECK_MS = 60_000; // at most, because timers stand still while a computer sleeps

/** Keeps every <time> within root as it should be on each day that the page stays open. */
export function keepLocalized(root) {
  let today = new Date().toDateString();
  const check = () => {
    if (new Date().toDateString() === today) return;
    today = new Date().toDateString();
    localize(root);
  };
  const checkAgain = () => {
    check();
    setTimeout(checkAgain, Math.min(CHECK_MS, msUntilTomorrow()));
  };
  localizeTexts(root);
  window.addEventListener("load", () => localizeTitles(root)); // by then the page has been shown
  checkAgain();
  document.addEventListener("visibilitychange", check);
}

/** Rewrites every <time> within root, and its title. */
export function localize(root) {
  localizeTexts(root);
  localizeTitles(root);
}

function localizeTexts(root) {
  for (const time of timesIn(root)) {
    const date = new Date(time.dateTime);
    time.textContent = (time.dataset.shows === "day" ? DATE : shortest(date))().format(date);
    time.lang = locale();
  }
}

/** The titles take as long as the texts, and are seen later. */
function localizeTitles(root) {
  for (const time of timesIn(root)) {
    time.title = FULL().format(new Date(time.dateTime));
    const fact = time.closest(".message")?.querySelector(".message-date");
    if (fact) fact.textContent = time.title;
  }
}

function timesIn(root) {
  return root.querySelectorAll("time[datetime]:not([datetime=''])");
}

/** Returns a month and its year, in words. */
export function monthOf(date) {
  return MONTH().format(date);
}

function msUntilTomorrow() {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1) - now;
}

function shortest(date) {
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return TODAY;
  return date.getFullYear() === now.getFullYear() ? THIS_YEAR : DATE;
}

function format(options) {
  return lazily(() => new Intl.DateTimeFormat(LANGUAGE, options));
}

/** Returns a function that makes something when it is first asked for it: a format takes milliseconds. */
function lazily(make) {
  let made;
  return () => (made ??= make());
}

/** Returns a line about an answer that has ended; an empty one if nothing is known. price: what a million tokens
    that are read, and written, cost, in ten-thousandths of a dollar; undefined if it is not known. */
export function statsLine({ duration_ms: ms, input_tokens: read, output_tokens: tokens } = {}, price) {
  const parts = [];
  if (ms !== undefined) parts.push(duration(ms));
  if (tokens !== undefined) parts.push(`${NUMBER().format(tokens)} ${tokens === 1 ? "token" : "tokens"}`);
  if (price && read !== undefined && tokens !== undefined) parts.push(cost(read * price[0] + tokens * price[1]));
  return parts.join(" · ");
}

function cost(amount) {
  const parts = Math.floor((amount + 500_000) / 1_000_000);
  if (amount && !parts) return "less than $0.0001";
  return `$${Math.floor(parts / 10_000)}.${String(parts % 10_000).padStart(4, "0")}`;
}

/** Returns the title of the thinking: how long it has taken so far, or took. */
export function thinkingTitle(isThinking, ms) {
  if (ms === undefined) return "Thinking";
  return `${isThinking ? "Thinking" : "Thought"} for ${duration(ms)}`;
}

/** Returns milliseconds in words: 12 s, 2 min 5 s. */
function duration(ms) {
  const seconds = Math.max(1, Math.floor((ms + 500) / 1000));
  const parts = [`${Math.floor(seconds / 60)} min`, `${seconds % 60} s`];
  return parts.filter((part) => !part.startsWith("0 ")).join(" ");
}

/** A name in a line of names, of which none changes the order of the others: as _names.html renders it. */
export function isolated(name, index) {
  const element = document.createElement("bdi");
  element.textContent = name;
  return index ? [", ", element] : [element];
}
