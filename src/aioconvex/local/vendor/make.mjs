// Makes the files beside it from the npm packages that package-lock.json pins; `nox -s vendor` runs it.
// With --check it writes nothing, and fails if they are not what it would write.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const ROOT = join(FOLDER, "../../../..");
const SOURCES = {
  convex: `
    export * as server from "convex/server";
    export * as values from "convex/values";`,
  jose: `
    export {
      compactVerify, createRemoteJWKSet, customFetch, decodeJwt, decodeProtectedHeader, SignJWT,
    } from "jose";`,
  sucrase: `
    export { transform } from "./node_modules/sucrase/dist/esm/index.js";
    export { parse } from "./node_modules/sucrase/dist/esm/parser/index.js";
    export { TokenType } from "./node_modules/sucrase/dist/esm/parser/tokenizer/types.js";`,
  ws: `export { WebSocketServer } from "ws";`,
};

const packages = new Map();
const files = {};
for (const name of Object.keys(SOURCES)) files[`${name}.cjs`] = await bundle(name);
const versions = Object.keys(SOURCES).map((name) => [name, packages.get(name).version]);
files["versions.json"] = `${JSON.stringify(Object.fromEntries(versions), null, 2)}\n`;
files["LICENSES.txt"] = licences();

const differing = Object.keys(files).filter((name) => read(join(FOLDER, name)) !== files[name]);
if (!process.argv.includes("--check")) {
  for (const name of differing) writeFileSync(join(FOLDER, name), files[name]);
} else if (differing.length > 0) {
  console.error(`Not what package-lock.json pins: ${differing.join(", ")}. Run \`nox -s vendor -- --write\`.`);
  process.exitCode = 1;
}

async function bundle(name) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: SOURCES[name], resolveDir: ROOT },
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    metafile: true,
    format: "cjs",
    // What runs inside functions must not count on Node.
    platform: name === "convex" ? "browser" : "node",
    target: "node22.13",
    external: ["bufferutil", "utf-8-validate"],
  });
  for (const input of Object.keys(metafile.inputs)) note(input);
  const { version, license } = packages.get(name);
  const header = `// npm ${name} ${version} (${license}, see LICENSES.txt), bundled by \`nox -s vendor\`. Do not edit.\n`;
  return header + outputFiles[0].text;
}

/** Remembers the package a bundled file is from. */
function note(input) {
  const [folder, name] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
  if (folder === undefined || packages.has(name)) return;
  const { version, license } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
  const file = readdirSync(join(ROOT, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  packages.set(name, { version, license, text: readFileSync(join(ROOT, folder, file), "utf8") });
}

function licences() {
  const sorted = [...packages].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = sorted.map(([name, { version, license, text }]) => {
    const title = `npm ${name} ${version}: ${license}`;
    return `${title}\n${"=".repeat(title.length)}\n\n${text.replaceAll("\r", "").trim()}\n`;
  });
  return `The bundles in this folder were made, unchanged but for being bundled, of these npm packages.\n\n${parts.join("\n\n")}`;
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}
