// Makes nodes that are on the page equal to new ones, touching only what differs, so that a
// reader's selection and whatever else lives in the page stays where nothing has changed.

/** Returns the nodes that HTML makes, in no document yet. */
export function nodesOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.childNodes];
}

/** Makes the run of parent's children `old` equal to `fresh`; returns the run that is there then. */
export function patch(parent, old, fresh) {
  const next = old.at(-1)?.nextSibling ?? null;
  const run = fresh.map((node, index) => {
    return old[index] ? patchNode(old[index], node) : parent.insertBefore(node, next);
  });
  for (const node of old.slice(fresh.length)) node.remove();
  return run;
}

function patchNode(node, fresh) {
  if (node.isEqualNode(fresh)) return node;
  if (node.nodeName !== fresh.nodeName) {
    node.replaceWith(fresh);
    return fresh;
  }
  if (node.nodeType === Node.TEXT_NODE) patchText(node, fresh.data);
  else patchElement(node, fresh);
  return node;
}

/** Makes a text node's text another; text that has only grown keeps its selection. */
export function patchText(node, text) {
  if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
  else node.data = text;
}

function patchElement(element, fresh) {
  for (const { name } of [...element.attributes]) {
    if (!fresh.hasAttribute(name)) element.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
  patch(element, [...element.childNodes], [...fresh.childNodes]);
}
