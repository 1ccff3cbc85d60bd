// Blocks of code: in a box for the strip that the page puts above them, and focusable.

const LANGUAGE = /^<pre><code class="language-([^"]*)"/;

/** Puts fenced and indented code into boxes. */
export function code({ renderer: { rules } }) {
  for (const name of ["fence", "code_block"]) {
    const rule = rules[name];
    rules[name] = (...where) => `${box(rule(...where).replace(/\n$/, ""))}\n`;
  }
}

/** Returns the HTML of a block of code, `<pre><code …`, in its box. */
export function box(html) {
  const language = LANGUAGE.exec(html);
  const label = language ? ` data-language="${language[1]}"` : "";
  return `<div class="code" dir="ltr"${label}>${html.replace("<pre>", '<pre tabindex="0">')}</div>`;
}
