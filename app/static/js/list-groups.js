// The rows of a list of conversations under headings, by the reader's days.

const DAY_MS = 86_400_000;
const MONTH = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric" });

/** Puts each row of a list where it belongs, under its heading; moves only those that are elsewhere. */
export function arrange(list) {
  const focused = document.activeElement;
  const groups = list.querySelector("[data-groups]");
  const sections = new Map(Array.from(groups.children, (section) => [section.dataset.group, section]));
  const rows = groupBy(Array.from(groups.querySelectorAll("[data-row]")).sort(byPlace), headingOf);
  const placed = Array.from(rows.keys(), (heading) => sections.get(heading) ?? createGroup(list, heading));
  place(groups, placed);
  for (const section of placed) place(section.querySelector("ul"), rows.get(section.dataset.group));
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
}

/** Compares two rows: pinned ones first, then those that were in use last. */
export function byPlace(one, other) {
  const isPinned = ({ dataset }) => dataset.pinned === "true";
  return isPinned(other) - isPinned(one) || timeOf(other) - timeOf(one);
}

function createGroup(list, heading) {
  const section = list.querySelector("[data-group-template]").content.firstElementChild.cloneNode(true);
  section.dataset.group = heading;
  section.querySelector("h2").textContent = heading;
  return section;
}

/** Makes these the children of parent, in this order. */
function place(parent, children) {
  let next = parent.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
  while (parent.children.length > children.length) parent.lastElementChild.remove();
}

function groupBy(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

function headingOf(row) {
  if (row.dataset.pinned === "true") return "Pinned";
  const date = new Date(timeOf(row));
  const days = Math.round((startOf(new Date()) - startOf(date)) / DAY_MS);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  return days < 7 ? "Last 7 days" : MONTH.format(date);
}

function timeOf(row) {
  return Date.parse(row.querySelector("time").dateTime);
}

function startOf(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
