// Shows dates and times as the reader's clock and language have them, in short. The server renders them in
// UTC, in the words of app/views/formatting.py.

const TIME = { hour: "numeric", minute: "2-digit" };
const DAY = { month: "short", day: "numeric" };
const [TODAY, THIS_YEAR, EARLIER] = [TIME, { ...DAY, ...TIME }, { year: "numeric", ...DAY }].map(format);
const FULL = format({ dateStyle: "full", timeStyle: "short" });

/** Rewrites the text of every <time> within root. */
export function localize(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([datetime=''])")) {
    const date = new Date(time.dateTime);
    time.textContent = shortest(date).format(date);
    time.title = FULL.format(date);
  }
}

function shortest(date) {
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return TODAY;
  return date.getFullYear() === now.getFullYear() ? THIS_YEAR : EARLIER;
}

function format(options) {
  return new Intl.DateTimeFormat(undefined, options);
}
