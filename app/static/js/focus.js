// Where the focus goes when what has it goes away.

/** Calls leave(), which hides or removes the element; a focus within it is handed to home. */
export function handOn(element, home, leave) {
  const hadFocus = element.contains(document.activeElement);
  leave();
  if (hadFocus) home.focus({ preventScroll: true });
}
