// Shows moments as the reader's clock and language have them, in short; the server writes them in UTC, in
// the words of app/views/moments.py.

const TIME = { hour: "numeric", minute: "2-digit" };
const DAY = { month: "short", day: "numeric" };
const [TODAY, THIS_YEAR, EVER] = [TIME, { ...DAY, ...TIME }, { year: "numeric", ...DAY }].map(format);
const FULL = format({ dateStyle: "full", timeStyle: "short" });

/** Rewrites the text of every <time> within root. */
export function localize(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([datetime=''])")) {
    const moment = new Date(time.dateTime);
    time.textContent = shortest(moment).format(moment);
    time.title = FULL.format(moment);
  }
}

function shortest(moment) {
  const now = new Date();
  if (moment.toDateString() === now.toDateString()) return TODAY;
  return moment.getFullYear() === now.getFullYear() ? THIS_YEAR : EVER;
}

function format(options) {
  return new Intl.DateTimeFormat(undefined, options);
}

localize(document);
