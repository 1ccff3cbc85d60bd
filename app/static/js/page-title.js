// The title of the page, with the number of new messages before it.

const MOST = 99; // that are shown as a number

let title = document.title;
let count = 0;

/** Sets the title of what is shown. */
export function setTitle(text) {
  title = text;
  show();
}

/** Sets how many messages are new. */
export function setCount(number) {
  count = number;
  show();
}

/** Returns a number of new messages; of more than 99 as "99+". */
export function capped(number) {
  return number > MOST ? `${MOST}+` : String(number);
}

function show() {
  const shown = count ? `(${capped(count)}) ${title}` : title;
  if (document.title !== shown) document.title = shown;
}
