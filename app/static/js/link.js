// The page that follows a link: its secret is the fragment of the address, which browsers send to no server. It is
// taken out of the address, so that it stays in no history, and sent with the form.

const form = document.querySelector("[data-link]");

follow();
window.addEventListener("hashchange", follow); // the link was pasted into the address of this page

function follow() {
  const secret = location.hash.slice(1);
  if (!secret) return;
  history.replaceState(history.state, "", location.pathname);
  form.elements.code.value = secret;
  form.requestSubmit();
}
