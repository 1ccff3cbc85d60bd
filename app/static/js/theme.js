// Changes between light and dark without loading the page again; a cookie tells the server, so that the
// next page comes as it is to be.

const YEAR_SECONDS = 31_536_000;

/** form has a button for each choice; without this it is sent to the server. */
export function listenForThemes(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const theme = event.submitter.value;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    document.querySelector("meta[name=color-scheme]").content = theme === "system" ? "light dark" : theme;
    const ground = getComputedStyle(document.body).backgroundColor;
    for (const meta of document.querySelectorAll("meta[name=theme-color]")) meta.content = ground;
    const attributes = `; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
    document.cookie = `theme=${theme}${attributes}${location.protocol === "https:" ? "; secure" : ""}`;
    form.querySelector("button:not([hidden])").hidden = true;
    const next = form.querySelector(`[data-after=${theme}]`);
    next.hidden = false;
    next.focus();
  });
}
