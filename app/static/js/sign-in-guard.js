// Hides a page that the browser took from its cache on the way back, unless the user is still signed in as
// when it was made. The server's mark of the sign-in is on the page and in a cookie.

/** Checks now, if the page was reached with Back or Forward, and each time it comes back from the cache. */
export function guardSignIn(root) {
  const mark = root.dataset.signIn;
  if (!mark) return;
  const check = () => isSignedIn(mark) || leave(root);
  const [navigation] = performance.getEntriesByType("navigation");
  if (navigation?.type === "back_forward") check();
  window.addEventListener("pageshow", (event) => event.persisted && check());
}

function isSignedIn(mark) {
  return document.cookie.split("; ").includes(mark);
}

function leave(root) {
  root.hidden = true; // at once: the server takes a moment to answer
  location.reload();
}
