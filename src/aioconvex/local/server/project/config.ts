// What `convex.json` says: where a project's functions are, and which packages are loaded where they lie.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Failure } from "../failure.ts";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

const NAME = "convex.json";
const DEPENDENCIES = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
/** Versions of what npm convex bundles in any case: not everybody can install it from there. */
const ELSEWHERE = /^(file|https?|git(\+\w+)?):/;

/** `given` itself, unless it holds a `convex.json`: that names the folder. */
export function functionsFolder(given: string): string {
  if (!existsSync(join(given, NAME))) return given;
  const { functions = "convex" } = readObject(join(given, NAME));
  if (typeof functions === "string") return resolve(given, functions);
  throw new Failure("NoProject", `${join(given, NAME)}: \`functions\` must be a string.`);
}

/** Names of the packages that "use node" modules do not bundle. */
export function externalPackages(folder: string): Set<string> {
  const root = ancestors(folder).find((each) => functionsFolder(each) === folder && each !== folder);
  if (root === undefined || !existsSync(join(root, "package.json"))) return new Set();
  const { node } = readObject(join(root, NAME));
  const listed = isObject(node) && Array.isArray(node["externalPackages"]) ? node["externalPackages"] : [];
  const manifest = readObject(join(root, "package.json"));
  const installed = DEPENDENCIES.flatMap((kind) => Object.entries(manifest[kind] ?? {}));
  const external = installed.filter(([name, version]) => {
    const isListed = listed.includes(name) || listed.includes("*");
    return isListed && name !== "convex" && !ELSEWHERE.test(String(version));
  });
  return new Set(external.map(([name]) => name));
}

function ancestors(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...ancestors(above)];
}

function readObject(file: string): JsonObject {
  try {
    const value = JSON.parse(readFileSync(file, "utf8")) as Json;
    if (isObject(value)) return value;
  } catch (error) {
    throw new Failure("NoProject", `${file} is not JSON: ${(error as Error).message}`);
  }
  throw new Failure("NoProject", `${file} is no object.`);
}
