// What streams mostly grows at its very end. So only what was added is parsed, and where that is but text
// nothing is: the elements that were open at the end are on the page, and it goes on within them.

import { nodesOf, patch, patchText } from "./patch.js";

const CLOSING = /\n*(?:<\/\w+>\n*)+$/;
const PARSED = /[<>\r]/; // what the parser makes something else of
const ENTITY = /&(?:lt|gt|amp|quot);/g; // the renderer makes no others
const CHARACTERS = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"' };

/** Makes nodes, the last ones of parent, which show the HTML `old`, show `html`, if that goes on from
    where the last elements of old are closed; returns the nodes that do then, or null. */
export function growTail(parent, nodes, old, html) {
  const end = old.search(CLOSING);
  if (end < 0 || !html.startsWith(old.slice(0, end))) return null;
  const [added, closing] = [html.slice(end), old.slice(end)];
  const tags = closing.match(/\w+/g); // the innermost first
  const breaks = closing.indexOf("<"); // that end the innermost element's text
  const text = added.slice(0, -closing.length);
  if (PARSED.test(text) || added !== text + closing) {
    return graft(parent, nodes, open(tags, added), tags.length, breaks);
  }
  insert(innermost(nodes, tags.length), text, breaks);
  return nodes;
}

/** Inserts text, as HTML, at the end of an element's text, before that many line breaks. */
function insert(element, html, breaks) {
  const text = html.replace(ENTITY, (entity) => CHARACTERS[entity]);
  const last = element.lastChild;
  if (last?.nodeType === Node.TEXT_NODE) last.insertData(last.length - breaks, text);
  else element.append(text);
}

/** Returns the last element, so many elements deep. */
function innermost(nodes, depth) {
  let element = nodes.findLast(isElement);
  while (--depth) element = element.lastElementChild;
  return element;
}

/** Returns the nodes of HTML that goes on within open elements; those are made anew, and empty. */
function open(tags, html) {
  return nodesOf(tags.reduce((all, tag) => `<${tag}>${all}`, html));
}

/** Has nodes go on as fresh ones do, the first of which, so many elements deep, is their last element. */
function graft(parent, nodes, [made, ...fresh], depth, breaks) {
  const end = nodes.findLastIndex(isElement) + 1;
  const element = nodes[end - 1];
  if (depth > 1) graft(element, [...element.childNodes], [...made.childNodes], depth - 1, breaks);
  else goOn(element, [...made.childNodes], breaks);
  return [...nodes.slice(0, end), ...patch(parent, nodes.slice(end), fresh)];
}

/** Has an element, whose text ends with so many line breaks that do not count, go on with these nodes. */
function goOn(element, fresh, breaks) {
  const last = element.lastChild;
  if (last?.nodeType === Node.TEXT_NODE) {
    const isText = fresh[0]?.nodeType === Node.TEXT_NODE;
    patchText(last, last.data.slice(0, last.length - breaks) + (isText ? fresh.shift().data : ""));
  }
  element.append(...fresh);
}

function isElement({ nodeType }) {
  return nodeType === Node.ELEMENT_NODE;
}
