// Compresses what pages load with Brotli, as well as it can be, which would take a server's start too long.
// What comes out is named after what went in: app/static_files.py never takes it for anything else.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

const [from, to] = process.argv.slice(2);
const TEXT = /\.(?:js|css|svg)$/;

mkdirSync(to, { recursive: true });
const before = new Set(readdirSync(to));
const files = readdirSync(from, { recursive: true }).filter((name) => TEXT.test(name));
const wanted = new Set(files.map((name) => compress(readFileSync(`${from}/${name}`))));
for (const name of before) if (!wanted.has(name)) rmSync(`${to}/${name}`);

function compress(text) {
  const name = createHash("sha256").update(text).digest("hex");
  if (before.has(name)) return name;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  writeFileSync(`${to}/${name}.new`, brotliCompressSync(text, { params }));
  renameSync(`${to}/${name}.new`, `${to}/${name}`);
  return name;
}
