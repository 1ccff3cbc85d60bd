// Where the focus goes if its element is hidden or removed.

/** Calls hide(), which hides or removes the element, and moves a focus within it to fallback. */
export function hideAndMoveFocus(element, fallback, hide) {
  const hadFocus = element.contains(document.activeElement);
  hide();
  if (hadFocus) fallback.focus({ preventScroll: true });
}
