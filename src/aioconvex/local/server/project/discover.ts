// Which files of a project are modules; the rules are those of npm convex's bundler.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { canonicalPath } from "./functions.ts";
import { Failure } from "../failure.ts";

export interface Project {
  folder: string;
  /** Absolute paths of the modules, sorted, and of those that begin with "use node". */
  modules: string[];
  nodeModules: string[];
  schema: string | null;
  authConfig: string | null;
}

const EXTENSIONS = [".js", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".jsx"];
// A directive may only be preceded by comments and other directives.
const BEFORE_DIRECTIVE = String.raw`^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/|(?:"[^"\n]*"|'[^'\n]*');?)*?`;
const USE_NODE = new RegExp(`${BEFORE_DIRECTIVE}["']use node["']`);
/** What other modules and the deployment itself depend on. */
const NEVER_NODE = /^(http|crons|schema|auth\.config)\.\w+$/;

export function discover(folder: string): Project {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Failure(
      "NoProject",
      `There is no Convex project folder at ${folder}: make it, or name the one there is.`,
    );
  }
  const config = readdirSync(folder).find((name) => /^convex\.config\.[cm]?[jt]sx?$/.test(name));
  if (config !== undefined && usesComponents(join(folder, config))) {
    throw new Failure(
      "ComponentsUnsupported",
      `${join(folder, config)}: the local deployment knows no components, so it does not serve projects that use them.`,
    );
  }
  const modules = [...walk(folder)].filter((path) => isModule(folder, path)).sort();
  const scripts = ["schema", "auth.config"].map((name) => scriptNamed(folder, name));
  for (const path of [...modules, ...scripts]) if (path !== null) checkPlace(folder, path);
  return {
    folder,
    modules: modules.filter((path) => !isNode(path)),
    nodeModules: modules.filter(isNode),
    schema: scripts[0]!,
    authConfig: scripts[1]!,
  };
}

/** An app that does no more than declare its environment variables needs nothing of the deployment. */
function usesComponents(config: string): boolean {
  const source = readFileSync(config, "utf8");
  return !/\bdefineApp\s*\(/.test(source) || /\.use\s*\(|\bhttpPrefix\b/.test(source);
}

function checkPlace(folder: string, path: string): void {
  const name = shownName(folder, path);
  if (name.startsWith("_deps/")) {
    throw refused(`${name} lies in \`_deps\`, which is reserved for dependencies. Move it elsewhere.`);
  }
  if (NEVER_NODE.test(name) && isNode(path)) {
    throw refused(`"use node" directive is not allowed for ${name}.`);
  }
  if (name.startsWith("actions/") && !isNode(path)) {
    throw refused(`${name} lies in \`actions\`, where every file has to begin with "use node".`);
  }
  const module = moduleName(folder, path);
  if (canonicalPath(module) === null) {
    throw refused(
      `${module}.js is not a valid path to a Convex module: file and folder names consist of letters, digits, underscores and periods, of 64 characters at the most.`,
    );
  }
}

function isNode(path: string): boolean {
  return USE_NODE.test(readFileSync(path, "utf8"));
}

function refused(reason: string): Failure {
  return new Failure("BundleFailed", reason);
}

/** As Convex names a file. */
function shownName(folder: string, path: string): string {
  return relative(folder, path).replaceAll(sep, "/");
}

/** `dir/module` of a file, as in function paths. */
export function moduleName(folder: string, path: string): string {
  return shownName(folder, path).replace(/\.[^./]+$/, "");
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile()) yield path;
    // A folder with its own convex.config.ts is a component's and not part of this app.
    if (entry.isDirectory() && entry.name !== "node_modules" && !existsSync(join(path, "convex.config.ts")))
      yield* walk(path);
  }
}

function isModule(folder: string, path: string): boolean {
  const name = shownName(folder, path);
  const base = name.split("/").at(-1)!;
  if (!EXTENSIONS.some((extension) => name.endsWith(extension))) return false;
  if (name.startsWith("_generated/") || name.includes(" ")) return false;
  if (base.startsWith(".") || base.startsWith("#")) return false;
  if (base === "schema.ts" || base === "schema.js" || base.split(".").length > 2) return false;
  return !/\.tsx?$/.test(base) || /^\s{0,100}(import|export)/m.test(readFileSync(path, "utf8"));
}

function scriptNamed(folder: string, name: string): string | null {
  const paths = [".ts", ".js"].map((extension) => join(folder, name + extension));
  return paths.find((path) => existsSync(path)) ?? null;
}
