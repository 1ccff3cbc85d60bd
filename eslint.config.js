import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["app/static/bundle/", "**/node_modules/", ".venv/", ".venv-tools/", "build/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { files: ["app/static/js/**"], languageOptions: { globals: globals.browser } },
  {
    files: ["tests/**", "benchmarks/**", "clients/**", "bin/**"],
    languageOptions: { globals: globals.node },
    rules: { "no-console": "off" },
  },
];
