// What streams mostly grows at its very end: then text is added to the page and nothing is parsed.

const CLOSING = /\n*(?:<\/\w+>\n*)+$/;
const MARKUP = /[<>&]/;

/** Makes nodes, which show the HTML `old`, show `html`, if it's old with text added within its last
    element; returns whether it was. */
export function growTail(nodes, old, html) {
  const end = old.search(CLOSING);
  const closing = old.slice(end);
  const added = html.slice(end, -closing.length);
  if (end < 0 || MARKUP.test(added) || html !== old.slice(0, end) + added + closing) return false;
  insert(deepest(nodes, closing.split("</").length - 1), added, /^\n*/.exec(closing)[0].length);
  return true;
}

/** Returns the last element, so many elements deep. */
function deepest(nodes, depth) {
  let element = nodes.findLast((node) => node.nodeType === Node.ELEMENT_NODE);
  while (--depth) element = element.lastElementChild;
  return element;
}

/** Inserts text at the end of an element's text, before that many line breaks. */
function insert(element, text, breaks) {
  const last = element.lastChild;
  if (last?.nodeType === Node.TEXT_NODE) last.insertData(last.length - breaks, text);
  else element.append(text);
}
