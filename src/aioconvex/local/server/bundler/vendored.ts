// Copies of npm packages that come with aioconvex; `nox -s vendor` makes them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("../../vendor/", import.meta.url);
const requireFile = createRequire(import.meta.url);

export type Vendored = "convex" | "jose" | "sucrase" | "ws";

/** Loads one of them. */
export function vendored(name: Vendored): unknown {
  return requireFile(fileURLToPath(vendoredFile(name)));
}

export function vendoredFile(name: Vendored): URL {
  return new URL(`${name}.cjs`, FOLDER);
}

export function vendoredVersions(): Record<string, string> {
  return JSON.parse(readFileSync(new URL("versions.json", FOLDER), "utf8")) as Record<string, string>;
}
