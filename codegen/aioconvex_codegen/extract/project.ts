// Where a project's functions lie, and which files are modules: the rules of npm convex's bundler.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { Failure, reason } from "./failure.ts";

export interface Module {
  /** As in function paths, `dir/module`, without `.js`. */
  name: string;
  /** Absolute. */
  file: string;
  source: string;
  runsOnNode: boolean;
}

export interface Project {
  /** The functions folder, absolute. */
  folder: string;
  modules: Module[];
  schema: string | null;
  /** The file that installs components into this app, if there is one. */
  components: string | null;
  /** Folders that are components themselves, relative to the functions folder. */
  nested: string[];
  /** What `convex.json` keeps out of Node bundles: package names, or `*`. */
  externalPackages: string[];
}

interface Config {
  functions?: unknown;
  node?: { externalPackages?: unknown };
}

const EXTENSIONS = [".js", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".jsx"];
// A directive may only be preceded by comments and other directives.
const USE_NODE = /^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/|(?:"[^"\n]*"|'[^'\n]*');?)*?["']use node["']/;

/** `given` is the functions folder, or the folder that holds `convex.json` or `convex/`. */
export function readProject(given: string): Project {
  if (!statSync(given, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Failure(`There is no Convex project folder at ${given}.`);
  }
  const folder = functionsFolder(resolve(given));
  const nested: string[] = [];
  const files = [...walk(folder, folder, nested)].filter((file) => isModule(folder, file));
  return {
    folder,
    modules: files
      .map((file) => readModule(folder, file))
      .filter((module) => !/\.tsx?$/.test(module.file) || /^\s{0,100}(import|export)/m.test(module.source)),
    schema: first(folder, ["schema.ts", "schema.js"]),
    components: first(folder, ["convex.config.ts", "convex.config.js"]),
    nested,
    externalPackages: externalPackages([folder, dirname(folder)]),
  };
}

/** A file as users know it: from the folder above the functions folder on. */
export function shownFile(project: Project, file: string): string {
  return relative(dirname(project.folder), file).replaceAll(sep, "/");
}

function functionsFolder(given: string): string {
  const config = readConfig(given);
  if (config === null) {
    const below = join(given, "convex");
    // A functions folder may have a folder `convex` of its own, but not without signs of what it is.
    const signs = ["schema.ts", "schema.js", "_generated", "convex.config.ts"];
    const isItself = basename(given) === "convex" || first(given, signs) !== null;
    return isItself || !isFolder(below) ? given : below;
  }
  const { functions = "convex" } = config;
  const folder = resolve(given, String(functions));
  if (isFolder(folder)) return folder;
  throw new Failure(`convex.json says that the functions are in ${functions}, but there is no such folder.`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function readConfig(folder: string): Config | null {
  const file = join(folder, "convex.json");
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Config;
  } catch (error) {
    throw new Failure(`${file} is not JSON: ${reason(error)}`);
  }
}

function externalPackages(folders: string[]): string[] {
  const config = folders.map(readConfig).find((found) => found !== null);
  const packages = config?.node?.externalPackages;
  return Array.isArray(packages) ? packages.map(String) : [];
}

function first(folder: string, names: string[]): string | null {
  return names.map((name) => join(folder, name)).find((file) => existsSync(file)) ?? null;
}

function* walk(root: string, folder: string, nested: string[]): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isFile()) yield path;
    if (!entry.isDirectory() || entry.name === "node_modules") continue;
    if (!existsSync(join(path, "convex.config.ts"))) yield* walk(root, path, nested);
    else nested.push(relative(root, path).replaceAll(sep, "/"));
  }
}

function isModule(folder: string, file: string): boolean {
  const path = relative(folder, file).replaceAll(sep, "/");
  const base = basename(file);
  if (path.startsWith("_deps/")) {
    throw new Failure(`${path}: the folder _deps is reserved for dependencies. Move your code elsewhere.`);
  }
  if (!EXTENSIONS.some((extension) => path.endsWith(extension))) return false;
  if (path.startsWith("_generated/") || path.includes(" ")) return false;
  if (base.startsWith(".") || base.startsWith("#")) return false;
  return base !== "schema.ts" && base !== "schema.js" && base.split(".").length === 2;
}

function readModule(folder: string, file: string): Module {
  const source = readFileSync(file, "utf8");
  const name = relative(folder, file)
    .replaceAll(sep, "/")
    .replace(/\.[^./]+$/, "");
  return { name, file, source, runsOnNode: USE_NODE.test(source) };
}
