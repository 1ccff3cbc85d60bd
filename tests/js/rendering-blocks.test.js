import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import spec from "commonmark-spec";

import { render } from "../../app/static/js/markdown.js";
import { OpenBlocks } from "../../app/static/js/rendering.js";

const RECORDINGS = new URL("../recordings/", import.meta.url);
const samples = JSON.parse(readFileSync(new URL("../markdown_samples.json", import.meta.url)));
const NASTY = [
  "para\n# heading\n\ntext\n===\n",
  "text\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nafter\n",
  "- one\n\n- two\n\n  more\n\n\n    code\n\nafter\n- x\n",
  "1. a\n\n2. b\n\n2) c\n\n",
  "> quote\nlazy\n\n> another\n\npara\n",
  "[foo] and [bar]\n\npara\n\n[foo]: https://e.org/a\n\"title\nover\nlines\"\n\n[bar]: https://e.org/b\n",
  "[foo]\n\n> [foo]: https://e.org/1\n\"title\n\" x\n\n[foo]: https://e.org/2\n\n[Foo]\n",
  "[foo]: https://e.org/first\n\n[foo]: https://e.org/second\n\n![foo] [foo][] [x][foo]\n",
  "```js\nlet x = 1;\n\n\nlet y;\n```\nafter\n\n```\nopen\n\nstill\n",
  "    indented\n\n    still\n\nafter\n\n\tcode\n",
  "a\r\n\r\nb\r\n\r\n- c\r\n\r\n  d\r\rlone\r\re\r\n",
  "\n\n\nlate\n\n\n\n***\n\n- - -\n\n",
  "text\u2028\n\u00a0\nnot blank\n\n\u3000also\n\nx\u000b\n\u000b\ny\n",
  "a\n \t \nb\n\n\u0000\n\n~~c\n\nd~~\n",
];

function recordedTexts() {
  const texts = [];
  for (const name of readdirSync(RECORDINGS).filter((name) => name.endsWith(".jsonl"))) {
    const found = readFileSync(new URL(name, RECORDINGS), "utf8").matchAll(
      /"(?:content|text|thinking|reasoning|reasoning_content)":("(?:[^"\\]|\\.)*")/g,
    );
    texts.push(Array.from(found, ([, string]) => JSON.parse(string)).join(""));
  }
  assert.ok(texts.length >= 7);
  return texts;
}

/** Renders the prefixes of text that end at every step-th character, and text itself. */
function assertGrowsInStep(text, step = 1) {
  const blocks = new OpenBlocks();
  for (let end = 0; end < text.length; end += step) assertRenders(blocks, text.slice(0, end));
  assertRenders(blocks, text);
}

function assertRenders(blocks, text) {
  assert.equal(blocks.render(text).join(""), render(text), JSON.stringify(text));
}

const examples = spec.tests.map((example) => example.markdown.replaceAll("→", "\t"));
const linked = examples.map((text) => text.replace(/(?<=[(<: ])\/(?=url|uri)/g, "https://e.org/"));
const texts = [...examples, ...linked, ...samples.extensions, ...samples.attacks, ...NASTY];

test("every prefix of a growing text renders as it would alone", () => {
  for (const text of texts) assertGrowsInStep(text);
});

test("every prefix of examples in a row renders as it would alone", () => {
  for (let at = 0; at + 3 <= linked.length; at += 3) {
    assertGrowsInStep(linked.slice(at, at + 3).join("\n\n"));
    assertGrowsInStep(linked.slice(at, at + 3).join(""));
  }
});

test("a text in two pieces, split anywhere, renders as one", () => {
  for (const text of texts) {
    for (let at = 0; at <= text.length; at += 1) {
      const blocks = new OpenBlocks();
      blocks.render(text.slice(0, at));
      assertRenders(blocks, text);
    }
  }
});

test("recorded answers render alike in pieces of any size", () => {
  for (const text of recordedTexts()) {
    for (const step of [7, 64, 997]) assertGrowsInStep(text, step);
  }
});

/** A long table, with links whose definition comes at the end. */
function longTable(rows) {
  const lines = Array.from({ length: rows }, (_, row) => `| ${row} | [foo] **b** | \`c\` |`);
  return `| A | B |\n|---|--:|\n${lines.join("\n")}\n`;
}

const TABLES = `Text\n\n${longTable(230)}\nBetween [foo]\n\n> quote\n\n${longTable(130)}\nafter\n\n[foo]: https://e.org\n\nend`;

test("a long table that grows renders as it would alone", () => {
  for (const step of [97, 4000]) assertGrowsInStep(TABLES, step);
});

test("the first rows of a long table are not rendered again", () => {
  const [blocks, text] = [new OpenBlocks(), longTable(1000)];
  const parts = new Set();
  for (let end = 0; end < text.length; end += 500) for (const part of blocks.render(text.slice(0, end))) parts.add(part);
  const sizes = Array.from(parts, ({ length }) => length);
  assert.ok(Math.max(...sizes) < 25_000, "no part holds more than some rows");
});

test("a text that is replaced is rendered again", () => {
  const blocks = new OpenBlocks();
  assertRenders(blocks, "[one]\n\n[one]: https://e.org\n\ntwo\n\nthree\n");
  assertRenders(blocks, "another\n\n[one]\n\ntext\n");
});

test("closed blocks are not rendered again", () => {
  const blocks = new OpenBlocks();
  const [first] = blocks.render("# One\n\ntwo\n\nthree\n");
  assert.equal(first, '<h1 dir="auto">One</h1>\n<p dir="auto">two</p>\n');
  assert.equal(blocks.render("# One\n\ntwo\n\nthree\nfour\n\nfive\n").length, 3);
});
