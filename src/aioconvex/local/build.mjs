// Makes of the TypeScript in server/ what a wheel carries: JavaScript that starts in half the time.
// Usage: node build.mjs FOLDER; hatch_build.py runs it. Needs nothing but the vendored sucrase.
//
// All modules lie in one file, since Node takes longer to find a module than to run it. They keep their
// lines, and run under the names of their sources: stack traces are those of the sources.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import sucrase from "./vendor/sucrase.cjs";

const SERVER = fileURLToPath(new URL("server/", import.meta.url));
const PARAMETERS = ["exports", "require", "moduleUrl"];
const ENTRY = /new URL\("(\.[^"]+)\.ts", import\.meta\.url\)/g;
const LOADER = `"use strict";
const { readFileSync } = require("node:fs");
const { join, posix } = require("node:path");
const { pathToFileURL } = require("node:url");
const { compileFunction } = require("node:vm");

const sources = JSON.parse(readFileSync(__dirname + "/modules.json", "utf8"));
const loaded = new Map();

/** The exports of a module, by its source's name. */
module.exports = function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const exports = {};
  loaded.set(name, exports);
  const filename = join(__dirname, name);
  const run = compileFunction(sources[name], ${JSON.stringify(PARAMETERS)}, { filename });
  const imported = (asked) => (asked.startsWith(".") ? load(posix.join(name, "..", asked)) : require(asked));
  run(exports, imported, pathToFileURL(filename).href);
  return exports;
};
`;

const [folder] = process.argv.slice(2);
const files = readdirSync(SERVER, { recursive: true }).map((name) => name.replaceAll(sep, "/"));
const entries = new Set(["main"]);
const modules = files.filter((name) => name.endsWith(".ts")).map((name) => [name, build(name)]);
write("modules.json", JSON.stringify(Object.fromEntries(modules)));
write("modules.cjs", LOADER);
for (const entry of entries) {
  const up = "../".repeat(entry.split("/").length - 1);
  write(`${entry}.cjs`, `require("./${up}modules.cjs")("${entry}.ts");\n`);
}

function build(name) {
  const source = readFileSync(join(SERVER, name), "utf8");
  const started = source.replaceAll(ENTRY, (_, path) => {
    entries.add(posix.join(name, "..", path));
    return `new URL("${path}.cjs", import.meta.url)`;
  });
  const { code } = sucrase.transform(started.replaceAll("import.meta.url", "moduleUrl"), {
    transforms: ["typescript", "imports"],
    disableESTransforms: true,
    filePath: name,
  });
  // What is no CommonJS, like a top-level await, is better found now than at a user's.
  compileFunction(code, PARAMETERS, { filename: name });
  return code;
}

function write(name, text) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
