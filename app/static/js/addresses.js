// The addresses of the server's pages.

/** Returns the address of a page by its path without the first slash, below the prefix of a proxy, if it adds one. */
export function addressOf(path) {
  return `${document.documentElement.dataset.root ?? ""}/${path}`;
}
