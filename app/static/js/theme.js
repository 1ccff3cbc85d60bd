// Switches between light and dark without loading the page again. A cookie tells the server, which renders
// the next page with the same theme.

const YEAR_SECONDS = 31_536_000;

/** form has a button for each choice; without scripts it is sent to the server. */
export function listenForThemes(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const theme = event.submitter.value;
    apply(theme);
    remember(theme);
    showNext(form, theme);
  });
}

function apply(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.querySelector("meta[name=color-scheme]").content = theme === "system" ? "light dark" : theme;
  const ground = getComputedStyle(document.body).backgroundColor;
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) meta.content = ground;
}

function remember(theme) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  const path = document.documentElement.dataset.root ?? "/"; // as the server's cookies
  document.cookie = `theme=${theme}; path=${path}; max-age=${YEAR_SECONDS}; samesite=lax${secure}`;
}

function showNext(form, theme) {
  form.querySelector("button:not([hidden])").hidden = true;
  const next = form.querySelector(`[data-after=${theme}]`);
  next.hidden = false;
  next.focus();
}
