// Shows moments as the reader's clock and language have them; the server writes them in UTC.

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Rewrites the text of every <time> within root. */
export function localize(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([datetime=''])")) {
    time.textContent = FORMAT.format(new Date(time.dateTime));
  }
}

localize(document);
