// Highlights code with highlight.js. Ranges colour the text and no element changes: the page keeps what the
// server would render, and a browser without highlights shows plain code.

import hljs from "@highlightjs/cdn-assets/es/core.min.js";

const MAX_LENGTH = 50_000; // characters: longer code takes too long
const PART = 1_000; // of code that grows
const MARKUP = /<span class="([^" ]+)[^"]*">|(<\/span>)|[^<]+/g; // of the highlighter's HTML
const ENTITY = /&[^;]+;/g; // of one character each
const states = new WeakMap(); // code → what of it is highlighted: {whole, from, ranges, isHidden, final}
const KINDS = {
  "code-keyword": ["keyword", "name", "selector-tag", "section"],
  "code-string": ["string", "regexp", "addition", "link"],
  "code-value": ["number", "literal", "type", "built_in", "symbol", "variable", "template-variable"],
  "code-name": ["title", "attr", "attribute", "property", "selector-class", "selector-id"],
  "code-comment": ["comment", "meta", "quote"],
  "code-deletion": ["deletion"],
}; // of the highlighter, by the colours in code.css
const COLORS = new Map(
  Object.entries(KINDS).flatMap(([color, kinds]) => kinds.map((kind) => [`hljs-${kind}`, color])),
);
const GRAMMARS = {
  bash: () => import("@highlightjs/cdn-assets/es/languages/bash.min.js"),
  c: () => import("@highlightjs/cdn-assets/es/languages/c.min.js"),
  cpp: () => import("@highlightjs/cdn-assets/es/languages/cpp.min.js"),
  csharp: () => import("@highlightjs/cdn-assets/es/languages/csharp.min.js"),
  css: () => import("@highlightjs/cdn-assets/es/languages/css.min.js"),
  diff: () => import("@highlightjs/cdn-assets/es/languages/diff.min.js"),
  dockerfile: () => import("@highlightjs/cdn-assets/es/languages/dockerfile.min.js"),
  go: () => import("@highlightjs/cdn-assets/es/languages/go.min.js"),
  graphql: () => import("@highlightjs/cdn-assets/es/languages/graphql.min.js"),
  http: () => import("@highlightjs/cdn-assets/es/languages/http.min.js"),
  ini: () => import("@highlightjs/cdn-assets/es/languages/ini.min.js"),
  java: () => import("@highlightjs/cdn-assets/es/languages/java.min.js"),
  javascript: () => import("@highlightjs/cdn-assets/es/languages/javascript.min.js"),
  json: () => import("@highlightjs/cdn-assets/es/languages/json.min.js"),
  kotlin: () => import("@highlightjs/cdn-assets/es/languages/kotlin.min.js"),
  lua: () => import("@highlightjs/cdn-assets/es/languages/lua.min.js"),
  makefile: () => import("@highlightjs/cdn-assets/es/languages/makefile.min.js"),
  markdown: () => import("@highlightjs/cdn-assets/es/languages/markdown.min.js"),
  nginx: () => import("@highlightjs/cdn-assets/es/languages/nginx.min.js"),
  objectivec: () => import("@highlightjs/cdn-assets/es/languages/objectivec.min.js"),
  perl: () => import("@highlightjs/cdn-assets/es/languages/perl.min.js"),
  php: () => import("@highlightjs/cdn-assets/es/languages/php.min.js"),
  python: () => import("@highlightjs/cdn-assets/es/languages/python.min.js"),
  r: () => import("@highlightjs/cdn-assets/es/languages/r.min.js"),
  ruby: () => import("@highlightjs/cdn-assets/es/languages/ruby.min.js"),
  rust: () => import("@highlightjs/cdn-assets/es/languages/rust.min.js"),
  scala: () => import("@highlightjs/cdn-assets/es/languages/scala.min.js"),
  shell: () => import("@highlightjs/cdn-assets/es/languages/shell.min.js"),
  sql: () => import("@highlightjs/cdn-assets/es/languages/sql.min.js"),
  swift: () => import("@highlightjs/cdn-assets/es/languages/swift.min.js"),
  typescript: () => import("@highlightjs/cdn-assets/es/languages/typescript.min.js"),
  vbnet: () => import("@highlightjs/cdn-assets/es/languages/vbnet.min.js"),
  xml: () => import("@highlightjs/cdn-assets/es/languages/xml.min.js"),
  yaml: () => import("@highlightjs/cdn-assets/es/languages/yaml.min.js"),
};
const ALIASES = {
  "c++": "cpp", console: "shell", cs: "csharp", docker: "dockerfile", golang: "go", html: "xml",
  js: "javascript", jsx: "javascript", kt: "kotlin", md: "markdown", mjs: "javascript", objc: "objectivec",
  patch: "diff", py: "python", rb: "ruby", rs: "rust", sh: "bash", svg: "xml", toml: "ini",
  ts: "typescript", tsx: "typescript", yml: "yaml", zsh: "bash",
}; // prettier-ignore

/**
 * Highlights an element that holds only code, if its language is known, or shows its colours again. Code that may
 * still grow is highlighted from a line not far from its end, without what is before: a string over many lines may
 * look like code until all is highlighted, each time that the code is half as long again and in the end.
 */
export async function highlight(code, name, isFinal) {
  const language = ALIASES[name] ?? name;
  if (!CSS.highlights || !Object.hasOwn(GRAMMARS, language) || code.textContent.length > MAX_LENGTH) return;
  if (!hljs.getLanguage(language)) hljs.registerLanguage(language, (await GRAMMARS[language]()).default);
  code.normalize();
  if (!states.has(code)) states.set(code, { whole: 0, from: 0, ranges: [] });
  const [node, state] = [code.firstChild, states.get(code)];
  unhide(state);
  if (!node || node.data === state.final) return;
  highlightFrom(node, state, language, isFinal);
  state.final = isFinal ? node.data : undefined;
}

/**
 * Hides the colours of code that is out of sight. Whenever anything on the page changes, the browser looks at all ranges
 * that are shown: those of a few long answers take longer than all the rest of an answer that streams.
 */
export function hideColors(code) {
  const state = states.get(code);
  if (!state || state.isHidden) return;
  state.isHidden = true;
  for (const { color, range } of state.ranges) CSS.highlights.get(color).delete(range);
}

function unhide(state) {
  if (state.isHidden) for (const { color, range } of state.ranges) CSS.highlights.get(color).add(range);
  state.isHidden = false;
}

function highlightFrom(node, state, language, isFinal) {
  const length = node.length;
  const isWhole = isFinal || length < state.from || length - state.whole > Math.max(PART, state.whole / 2);
  if (isWhole) Object.assign(state, { whole: length, from: 0 });
  clear(state);
  const { value } = hljs.highlight(node.data.slice(state.from), { language, ignoreIllegals: true });
  for (const [kind, start, end] of spansOf(value)) {
    const color = COLORS.get(kind);
    if (color) state.ranges.push(paint(color, node, state.from + start, state.from + end));
  }
  if (isWhole || length - state.from > PART) state.from = node.data.lastIndexOf("\n") + 1;
}

/** Removes what was painted from where the code is highlighted again. */
function clear({ ranges, from }) {
  while (ranges.length > 0 && ranges.at(-1).range.endOffset > from) {
    const { color, range } = ranges.pop();
    CSS.highlights.get(color).delete(range);
  }
}

/** Yields the spans in the highlighter's HTML: [kind, start, end] in the text. */
export function* spansOf(html) {
  const kinds = [];
  let start = 0;
  for (const [part, kind, closing] of html.matchAll(MARKUP)) {
    if (kind) kinds.push(kind);
    else if (closing) kinds.pop();
    else {
      const end = start + part.replace(ENTITY, "x").length;
      if (kinds.length > 0) yield [kinds.at(-1), start, end];
      start = end;
    }
  }
}

function paint(color, text, start, end) {
  if (!CSS.highlights.has(color)) CSS.highlights.set(color, new Highlight());
  const range = new StaticRange({ startContainer: text, startOffset: start, endContainer: text, endOffset: end });
  CSS.highlights.get(color).add(range);
  return { color, range };
}
