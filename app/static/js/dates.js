// Shows dates and times as the reader's clock and language have them, in short. The server renders them in
// UTC, in the words of app/views/formatting.py.

const TIME = { hour: "numeric", minute: "2-digit" };
const DAY = { month: "short", day: "numeric" };
const [TODAY, THIS_YEAR, DATE] = [TIME, { ...DAY, ...TIME }, { year: "numeric", ...DAY }].map(format);
const FULL = format({ dateStyle: "full", timeStyle: "short" });

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
  localize(root);
  checkAgain();
  document.addEventListener("visibilitychange", check);
}

/** Rewrites the text of every <time> within root. */
export function localize(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([datetime=''])")) {
    const date = new Date(time.dateTime);
    time.textContent = (time.dataset.shows === "day" ? DATE : shortest(date)).format(date);
    time.title = FULL.format(date);
    const fact = time.closest(".message")?.querySelector(".message-date");
    if (fact) fact.textContent = time.title;
  }
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
  return new Intl.DateTimeFormat(undefined, options);
}
