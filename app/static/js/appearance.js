// Changes how pages look without loading them again. Cookies tell the server, which renders the next page in
// the same way.

import { setCookie } from "./storage.js";

const root = document.documentElement;

/** The form in the bar has a button for each theme; without scripts it is sent to the server. */
export function listenForThemes(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    choose("theme", event.submitter.value);
    Array.from(form.querySelectorAll("button")).find((button) => button.checkVisibility()).focus();
    const option = document.querySelector(`[data-appearance] [name=theme][value=${event.submitter.value}]`);
    if (option) option.checked = true;
  });
}

/** The form of the account page has the choices as radio buttons; it is null on other pages. */
export function listenForChoices(form) {
  form?.addEventListener("change", ({ target }) => choose(target.name, target.value));
}

/** The first of the values, such as `system`, is what is usual; the page and the cookies don't name it. */
function choose(name, value) {
  const isUsual = ["system", "normal", "enter"].includes(value);
  if (isUsual) root.removeAttribute(`data-${name}`);
  else root.setAttribute(`data-${name}`, value);
  setCookie(name, isUsual ? "" : value);
  if (name === "theme") colourBrowser(isUsual ? "light dark" : value);
}

function colourBrowser(scheme) {
  document.querySelector("meta[name=color-scheme]").content = scheme;
  const ground = getComputedStyle(document.body).backgroundColor;
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) meta.content = ground;
}
