// Where the colours of code are, in its text.

import assert from "node:assert/strict";
import { test } from "node:test";

import hljs from "@highlightjs/cdn-assets/es/core.min.js";
import python from "@highlightjs/cdn-assets/es/languages/python.min.js";

import { spansOf } from "../../app/static/js/highlighting.js";

const CODE = `@cache
def f(x: int) -> str:
    return f"<{x + 1}> & 'no'"  # "so" & so, 1 < 2
`;

test("the spans are where the text is, also after what HTML escapes", () => {
  hljs.registerLanguage("python", python);
  const { value } = hljs.highlight(CODE, { language: "python" });
  const found = [...spansOf(value)].map(([kind, start, end]) => [kind, CODE.slice(start, end)]);
  assert.ok(value.includes("&lt;") && value.includes("&#x27;"), "precondition");
  assert.deepEqual(found.slice(0, 2), [["hljs-meta", "@cache"], ["hljs-keyword", "def"]]); // prettier-ignore
  assert.ok(found.some(([kind, text]) => kind === "hljs-string" && text.endsWith("> & 'no'\"")));
  assert.deepEqual(found.at(-1), ["hljs-comment", `# "so" & so, 1 < 2`]);
});
