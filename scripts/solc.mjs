#!/usr/bin/env node
// The npm solc package as a solc binary: `--version`, and standard JSON on stdin.
// Its own `solcjs --standard-json` prints a line before the JSON, which no caller expects.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");

if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
} else {
  console.error("solc.mjs answers --version and --standard-json only");
  process.exit(2);
}
