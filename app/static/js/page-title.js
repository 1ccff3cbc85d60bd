// The title of the page, with the number of new messages before it.

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

function show() {
  const shown = count ? `(${count > 99 ? "99+" : count}) ${title}` : title;
  if (document.title !== shown) document.title = shown;
}
