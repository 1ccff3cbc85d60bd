// Colours for code, by highlight.js. They are laid over the text by ranges and change no element: what
// is on the page stays what the server would send, and a browser that can't do it shows plain code.

import hljs from "../vendor/highlight/core.js";

const LONGEST = 50_000; // characters: beyond that it takes too long
const KNOWN = new Set(
  `bash c cpp csharp css diff dockerfile go graphql http ini java javascript json kotlin lua makefile
  markdown nginx objectivec perl php python r ruby rust scala shell sql swift typescript vbnet xml
  yaml`.split(/\s+/),
);
const OTHER_NAMES = {
  "c++": "cpp", console: "shell", cs: "csharp", docker: "dockerfile", golang: "go", html: "xml",
  js: "javascript", jsx: "javascript", kt: "kotlin", md: "markdown", mjs: "javascript", objc: "objectivec",
  patch: "diff", py: "python", rb: "ruby", rs: "rust", sh: "bash", svg: "xml", toml: "ini",
  ts: "typescript", tsx: "typescript", yml: "yaml", zsh: "bash",
}; // prettier-ignore

/** Colours an element that holds code and nothing else; does nothing where it can't. */
export async function highlight(code, name) {
  const language = OTHER_NAMES[name] ?? name;
  if (!CSS.highlights || !KNOWN.has(language) || code.textContent.length > LONGEST) return;
  if (!hljs.getLanguage(language)) {
    const { default: grammar } = await import(`../vendor/highlight/languages/${language}.js`);
    hljs.registerLanguage(language, grammar);
  }
  code.normalize();
  const { value } = hljs.highlight(code.textContent, { language, ignoreIllegals: true });
  for (const [kind, start, end] of spansOf(value)) paint(kind, code.firstChild, start, end);
}

/** Yields what the highlighter's HTML marks: [kind, start, end] in the text. */
function* spansOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const texts = document.createTreeWalker(template.content, NodeFilter.SHOW_TEXT);
  for (let start = 0, node = texts.nextNode(); node; node = texts.nextNode()) {
    const kind = node.parentElement?.classList[0];
    if (kind) yield [kind, start, start + node.length];
    start += node.length;
  }
}

function paint(kind, text, start, end) {
  if (!CSS.highlights.has(kind)) CSS.highlights.set(kind, new Highlight());
  const range = new StaticRange({ startContainer: text, startOffset: start, endContainer: text, endOffset: end });
  CSS.highlights.get(kind).add(range);
}
