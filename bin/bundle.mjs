// Bundles what pages load into a new folder, and compresses each file: node bin/bundle.mjs FOLDER
//
// Each bundle contains all that it imports, so that a page loads one file, even if another page has some of
// the same modules. Only what a module imports by import(), when it needs it, is a bundle of its own.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "esbuild";

const SOURCES = "app/static";
const SCRIPTS = ["page", "conversation", "list", "account", "people", "link", "notifications", "passkeys", "jobs", "shared"];
const PAGES = [...SCRIPTS.map((name) => `js/${name}.js`), "css/style.css", "icon.svg"];
const FRAMES = join(SOURCES, "frames"); // pages of one file each, with the libraries that they need in them
const LIBRARIES = { mermaid: "node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js" };
const ICONS = readdirSync(join(SOURCES, "icons")).map((name) => join("icons", name));
const FIELD = /\b_defineProperty\(\s*this,\s*(?:\/\*(?:(?!\*\/)[^])*\*\/\s*)?"(\w+)",\s*([^;()]*?)\s*\);/g;
const [folder] = process.argv.slice(2);
const entries = new Set([...PAGES, ...ICONS].map((name) => join(SOURCES, name)));

const bundleLazyImports = {
  name: "bundle-lazy-imports",
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      entries.add(path.startsWith(".") ? join(resolveDir, path) : path);
      return { path: `./${basename(path)}`, external: true };
    });
  },
};

// markdown-it is built for old browsers: a function adds each field to a token, which is a fifth of the time of parsing.
const setFields = {
  name: "set-fields",
  setup({ onLoad }) {
    onLoad({ filter: /markdown-it\.mjs$/ }, ({ path }) => {
      const built = readFileSync(path, "utf8");
      const contents = built.replace(FIELD, "this.$1 = $2;");
      if (contents === built) throw new Error("markdown-it is built in another way: set-fields finds no field.");
      return { contents };
    });
  },
};

for (const entry of entries) await bundle(entry); // which adds entries
for (const name of readdirSync(FRAMES)) writeFileSync(join(folder, name), withLibraries(join(FRAMES, name)));
await Promise.all(readdirSync(folder).map((name) => compress(join(folder, name))));

function bundle(entry) {
  return build({
    entryPoints: [entry],
    outdir: folder,
    entryNames: "[name]",
    bundle: true,
    format: "esm",
    charset: "utf8",
    minify: true,
    sourcemap: true,
    loader: { ".svg": "copy", ".png": "copy" },
    plugins: [bundleLazyImports, setFields],
    logLevel: "warning",
  });
}

function withLibraries(path) {
  return readFileSync(path, "utf8").replace(/(<script) src="([a-z]+)">/g, (_, tag, library) => {
    return `${tag}>${readFileSync(LIBRARIES[library], "utf8")}`;
  });
}

async function compress(path) {
  const text = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  writeFileSync(`${path}.br`, await promisify(brotliCompress)(text, { params }));
  writeFileSync(`${path}.gz`, await promisify(gzip)(text, { level: 9 }));
}
