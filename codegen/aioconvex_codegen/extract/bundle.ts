// Bundles all modules at once, one run per runtime as npm convex does.
import { existsSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type {
  BuildMessage,
  BuildOptions,
  Bundler,
  Metafile,
  Plugin,
  PluginBuild,
} from "../../../src/aioconvex/local/server/bundler/interface.ts";
import { Failure, reason } from "./failure.ts";
import { shownFile, type Project } from "./project.ts";
import { stubSource } from "./stubs.ts";

/** What became of one file: where its bundle is, and the missing packages it depends on. */
export interface Bundled {
  bundle: string;
  missing: string[];
}

type Platform = "browser" | "node";

const GENERATED: Record<string, string> = {
  server: `export {
      queryGeneric as query, internalQueryGeneric as internalQuery,
      mutationGeneric as mutation, internalMutationGeneric as internalMutation,
      actionGeneric as action, internalActionGeneric as internalAction,
      httpActionGeneric as httpAction,
    } from "convex/server";
    export const env = process.env;`,
  api: `import { anyApi, componentsGeneric } from "convex/server";
    export const api = anyApi;
    export const internal = anyApi;
    export const components = componentsGeneric();`,
  dataModel: "export {};",
  component: "export {};",
};
const NODE_MODULES = new RegExp(`^(node:.*|(${builtinModules.join("|")})(/.*)?)$`);
const UNRESOLVED = /^Could not resolve "([^"]+)"/;
const STUBS = "stub:";
const MOST_ROUNDS = 8;

/** Bundles files into `work`; gives what became of each. */
export async function bundle(
  bundler: Bundler,
  project: Project,
  files: { path: string; platform: Platform }[],
  work: string,
): Promise<Map<string, Bundled>> {
  const runs = (["browser", "node"] as const).map((platform) => {
    const entries = files.filter((file) => file.platform === platform).map((file) => file.path);
    return runUntilResolved(bundler, project, entries, platform, join(work, platform));
  });
  return new Map((await Promise.all(runs)).flatMap((bundled) => [...bundled]));
}

async function runUntilResolved(
  bundler: Bundler,
  project: Project,
  entries: string[],
  platform: Platform,
  outdir: string,
): Promise<Map<string, Bundled>> {
  if (entries.length === 0) return new Map();
  const missing = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    try {
      const { metafile } = await bundler.build(options(project, entries, platform, outdir, missing));
      return whatBecame(metafile, project.folder);
    } catch (error) {
      for (const specifier of unresolved(error, project)) missing.add(specifier);
    }
  }
  throw new Failure("Bundling does not come to an end: each run finds more packages missing.");
}

function options(
  project: Project,
  entryPoints: string[],
  platform: Platform,
  outdir: string,
  missing: Set<string>,
): BuildOptions {
  return {
    entryPoints,
    absWorkingDir: project.folder,
    outdir,
    outbase: project.folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform,
    target: "esnext",
    conditions: ["convex", "module"],
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    loader: { ".node": "empty", ".wasm": "empty" },
    chunkNames: "_deps/[hash]",
    metafile: true,
    logLevel: "silent",
    logLimit: 0,
    plugins: [standIns(project, platform, missing)],
  };
}

function standIns(project: Project, platform: Platform, missing: Set<string>): Plugin {
  const own = join(project.folder, "_generated");
  return {
    name: "stand-ins",
    setup(building) {
      building.onResolve({ filter: /_generated\// }, ({ path, resolveDir }) => {
        const target = resolve(resolveDir, path).replace(/(\.d)?\.[cm]?[jt]s$/, "");
        const name = relative(join(dirname(target)), target);
        if (!path.startsWith(".") || !Object.hasOwn(GENERATED, name)) return null;
        // The project's own may be older than its code; those of others only matter when missing.
        const exists = [".js", ".ts"].some((extension) => existsSync(target + extension));
        return dirname(target) === own || !exists ? { path: name, namespace: "generated" } : null;
      });
      building.onLoad({ filter: /.*/, namespace: "generated" }, ({ path }) => ({
        contents: GENERATED[path]!,
        resolveDir: project.folder,
      }));
      // Installing a component takes no more than its name; its code is none of the app's.
      building.onResolve({ filter: /\/convex\.config(\.[cm]?[jt]s)?$/ }, ({ path, kind }) =>
        kind === "entry-point"
          ? null
          : { path: path.replace(/\/convex\.config[^/]*$/, ""), namespace: "component" },
      );
      building.onLoad({ filter: /.*/, namespace: "component" }, ({ path }) => ({
        contents: `export default { componentDefinitionPath: "", defaultName: ${JSON.stringify(path)} };`,
      }));
      building.onResolve({ filter: NODE_MODULES }, ({ path }) => ({ path, external: true }));
      building.onResolve({ filter: /^server-only$/ }, ({ path }) => ({ path, namespace: "nothing" }));
      building.onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "" }));
      if (platform === "node" && project.externalPackages.length > 0) keepOutside(building, project);
      if (missing.size === 0) return;
      const names = [...missing].map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      building.onResolve({ filter: new RegExp(`^(${names.join("|")})$`) }, ({ path }) => ({
        path,
        namespace: "stub",
      }));
      building.onLoad({ filter: /.*/, namespace: "stub" }, ({ path }) => ({ contents: stubSource(path) }));
    },
  };
}

/** Packages that are loaded where they lie, because they cannot be bundled. */
function keepOutside(building: PluginBuild, { externalPackages }: Project): void {
  building.onResolve({ filter: /^[^./]/ }, ({ path, importer, resolveDir }) => {
    const name = path.split("/", path.startsWith("@") ? 2 : 1).join("/");
    if (!externalPackages.includes("*") && !externalPackages.includes(name)) return null;
    try {
      const from = createRequire(importer || join(resolveDir, "any.js"));
      return { path: pathToFileURL(from.resolve(path)).href, external: true };
    } catch {
      return null; // esbuild resolves what `require` cannot, or says what is missing
    }
  });
}

/** The packages that a failed run could not find; throws if it failed for another reason. */
function unresolved(error: unknown, project: Project): string[] {
  const messages = (error as { errors?: BuildMessage[] }).errors;
  if (messages === undefined) throw new Failure(`Bundling failed: ${reason(error)}`);
  const others = messages.filter((message) => !UNRESOLVED.test(message.text));
  if (others.length > 0) throw new Failure(others.map((message) => spell(message, project)).join("\n"));
  return messages.map((message) => UNRESOLVED.exec(message.text)![1]!);
}

function spell({ text, location }: BuildMessage, project: Project): string {
  if (location === null) return text;
  const file = shownFile(project, resolve(project.folder, location.file));
  const pointer = `${" ".repeat(location.column)}^`;
  return `${file}:${location.line}:${location.column + 1}: ${text}\n    ${location.lineText}\n    ${pointer}`;
}

function whatBecame(metafile: Metafile, folder: string): Map<string, Bundled> {
  const bundled = new Map<string, Bundled>();
  for (const [output, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint === undefined) continue;
    const missing = [...reached(metafile, entryPoint)].filter((path) => path.startsWith(STUBS));
    bundled.set(resolve(folder, entryPoint), {
      bundle: resolve(folder, output),
      missing: missing.map((path) => path.slice(STUBS.length)).sort(),
    });
  }
  return bundled;
}

function reached(metafile: Metafile, entry: string): Set<string> {
  const seen = new Set([entry]);
  for (const path of seen) {
    for (const imported of metafile.inputs[path]?.imports ?? []) seen.add(imported.path);
  }
  return seen;
}
