import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { markdown, render } from "../../app/static/js/markdown.js";
import { withoutOpenMarks } from "../../app/static/js/markdown/open-marks.js";
import { OpenBlocks } from "../../app/static/js/rendering.js";

const RECORDINGS = new URL("../recordings/", import.meta.url);
const STORIES = new URL("../../app/demo/stories/", import.meta.url);
const ANSWERS = [
  "Here are the steps:\n- **Bold** and *italic*, ***both***, __b__ and _i_, ~~gone~~.\n- `code` and ``a ` b``, **`x`**\n",
  "[r]: https://e.org 'x'\n\nA [link](https://e.org/a_(b) 'title') and ![image](https://e.org/i.png), a [reference][r], <https://e.org>.\n",
  "# One\n\n## Two ##\n\n### Three\ntext\n#### Four\n\n* a\n* b\n\n  + c\n\n10. ten\n11) eleven\n\n---\n\n***\n\nafter\n",
  "Text\n\n| a | **b** |\n|---|:-:|\n| 1 | `x` |\n| [l](https://e.org) | $y_1$ |\n\nafter\n",
  "Text\n\nName | **Age**\n--- | :-:\nAnn | 3\nBob | `4`\n\nafter | that\nand a | b more\n",
  "> Name | Age\n> --- | ---\n> Ann | 3\n\nto pipe `a | b` and c \\| d | e\n",
  "- item\n  | a | b |\n  |---|---|\n  | 1 | 2 |\n\n> quote **bold\n> more** text\n>\n> - list\n\nend\n",
  "```python\nx = `1` # **no**\n- y\n```\n\n~~~\n# a\n~~~\n\ntext ```inline``` after\n\n    indented **code**\n\nend",
  "Inline \\(a_i * b_i\\) and $x_1 + y_1$ then $5 and $10, costs $5. Then\n\n\\[\nf(x) = 1\n- b\n\\]\n\ntext\n$$\n\\sum_i a_i * b_i\n$$\n\n$$c$$\n",
  "H<sub>2</sub>O, <kbd>Ctrl</kbd> a<br>b, a < b & c &amp; d &copy; e.\n\n<details>\n<summary>More **here**</summary>\n\ntext\n\n</details>\n\nend\n",
  "<details><summary>One</summary>\n\n- a\n- b\n</details>\n\n- [ ] open\n- [x] **done**\n\nA note[^1] here.\n\n[^1]: The note.\n",
  "**「重点」**内容。含**粗体。**后文。\n\n\u05e9\u05dc\u05d5\u05dd **\u05e2\u05d5\u05dc\u05dd**\n\n1. \u05d0\n2. \u05d1\n",
  "An escape \\*not\\* and \\` and 2 * 3 * 4 = 24, snake_case_name, https://e.org/a_b and www.e.org/x!\n",
];

function recordedTexts() {
  return readdirSync(RECORDINGS)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => {
      const found = readFileSync(new URL(name, RECORDINGS), "utf8").matchAll(/"(?:content|text)":("(?:[^"\\]|\\.)*")/g);
      return Array.from(found, ([, string]) => JSON.parse(string)).join("");
    });
}

/** Returns what a reader sees of HTML, without white space. */
function seen(html) {
  const shown = html.replace(/<span class="math[^]*?<\/span>|<div class="math[^]*?<\/div>/g, "\u2211");
  return shown.replace(/<input[^>]*>/g, "\u2610").replace(/<[^>]*>/g, "").replace(/\s+/g, "");
}

/** Asserts that a reader who watches text grow sees more and more of what it is in the end, and nothing else. */
function assertOnlyGrows(text) {
  const [blocks, whole] = [new OpenBlocks(), seen(render(text))];
  let longest = 0;
  for (let end = 1; end <= text.length; end += 1) {
    const shown = seen(blocks.render(text.slice(0, end), true).join(""));
    const context = JSON.stringify({ text: text.slice(Math.max(0, end - 60), end), shown: shown.slice(-60) });
    assert.ok(whole.startsWith(shown), `shows what is not there in the end: ${context}`);
    assert.ok(shown.length >= longest, `goes back: ${context}`);
    longest = shown.length;
  }
  assert.equal(blocks.render(text).join(""), render(text));
}

for (const text of ANSWERS) {
  test(`no open mark is seen in ${JSON.stringify(text.slice(0, 40))}`, () => assertOnlyGrows(text));
}

test("no open mark is seen in what models have answered", () => {
  const texts = recordedTexts().filter(Boolean);
  assert.ok(texts.length >= 5);
  for (const text of texts) assertOnlyGrows(text.slice(0, 6000));
});

test("no open mark is seen in the demo's answers", () => {
  const stories = readdirSync(STORIES).filter((name) => name.endsWith(".md"));
  assert.ok(stories.length >= 3);
  for (const name of stories) assertOnlyGrows(readFileSync(new URL(name, STORIES), "utf8"));
});

test("a footnote that is never defined is text in the end", () => {
  const blocks = new OpenBlocks();
  const text = "A[^1] b.\n\nmore[^2]\n\nend\n";
  for (let end = 1; end <= text.length; end += 1) {
    assert.doesNotMatch(blocks.render(text.slice(0, end), true).join(""), /\[\^/);
  }
  assert.equal(blocks.render(text).join(""), render(text));
});

test("what is open for too long is text", () => {
  const blocks = new OpenBlocks();
  const text = `[${"a ".repeat(1500)}`;
  assert.ok(blocks.render(text, true).join("").includes("[a a"));
});

// By the square of their length these would take minutes, at every step of an answer.
const LONG = {
  blanks: `a${" ".repeat(400_000)}b`,
  stars: `${"**".repeat(200_000)}a`,
  backticks: `${"`".repeat(400_000)}a`,
  brackets: "[".repeat(400_000),
  "open mathematics": "\\(".repeat(200_000),
};

for (const [name, text] of Object.entries(LONG)) {
  test(`open marks of many ${name} are found at once`, { timeout: 60_000 }, () => {
    assert.ok(text.startsWith(withoutOpenMarks(text).slice(0, 100)));
  });
}

for (const text of ["**".repeat(40_000) + "a", "*a ".repeat(30_000), "*a_ ".repeat(20_000)]) {
  test(`a growing text of ${text.slice(0, 4)} is rendered at once`, { timeout: 60_000 }, () => {
    const html = markdown.renderer.render(markdown.parse(text, { isGrowing: true }), markdown.options, {});
    assert.match(html, /^<p dir="auto">/);
  });
}
