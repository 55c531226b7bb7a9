// Bundles a project into one script that both kinds of worker evaluate.
import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { discover, moduleName, type Project } from "./discover.ts";
import { findPackages } from "./packages.ts";
import type { Bundle } from "./program.ts";
import type { BuildMessage, BuildResult, Bundler, Plugin } from "../bundler/interface.ts";
import { Failure } from "../failure.ts";

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
};

export async function bundleProject(folder: string): Promise<Bundle> {
  const project = discover(folder);
  const packages = findPackages(folder);
  const built = await build(packages.bundler(), project);
  const text = (suffix: string) => built.outputFiles.find((file) => file.path.endsWith(suffix))!.text;
  return {
    code: text(".js"),
    map: text(".map"),
    folder: basename(resolve(folder)),
    convexVersion: packages.convexVersion,
    outside: filesOutside(resolve(folder), Object.keys(built.metafile.inputs)),
  };
}

/** Names of inputs are relative to the folder. */
function filesOutside(folder: string, inputs: string[]): string[] {
  const paths = inputs.filter((name) => name.startsWith("..")).map((name) => resolve(folder, name));
  return paths.filter((path) => !path.split(sep).includes("node_modules"));
}

async function build(bundler: Bundler, project: Project): Promise<BuildResult> {
  try {
    return await bundler.build({
      stdin: {
        contents: entryPoint(project),
        resolveDir: resolve(project.folder),
        loader: "ts",
        sourcefile: "<entry>",
      },
      absWorkingDir: resolve(project.folder),
      outfile: join(resolve(project.folder), "bundle.js"),
      bundle: true,
      write: false,
      format: "cjs",
      platform: "browser",
      target: "esnext",
      conditions: ["convex", "module"],
      sourcemap: "external",
      sourcesContent: false,
      metafile: true,
      keepNames: false,
      jsx: "automatic",
      define: { "process.env.NODE_ENV": '"production"' },
      logLevel: "silent",
      plugins: [generatedModules(resolve(project.folder))],
    });
  } catch (error) {
    throw new Failure("BundleFailed", buildErrorText(error, project));
  }
}

function entryPoint({ folder, modules, schema, authConfig }: Project): string {
  const imports: string[] = [];
  const imported = (path: string | null, name: string) => {
    if (path === null) return "null";
    imports.push(`import * as ${name} from ${JSON.stringify(resolve(path))};`);
    return name;
  };
  const entries = modules.map((path, i) => {
    return `${JSON.stringify(moduleName(folder, path))}: ${imported(path, `m${i}`)}`;
  });
  const [schemaName, authName] = [imported(schema, "schema"), imported(authConfig, "authConfig")];
  return `${imports.join("\n")}
export default { modules: { ${entries.join(", ")} }, schema: ${schemaName}, authConfig: ${authName} };`;
}

/** Stands in for `_generated/`, which need not be checked in. */
function generatedModules(folder: string): Plugin {
  return {
    name: "generated-modules",
    setup(building) {
      building.onResolve({ filter: /_generated\// }, ({ path, resolveDir }) => {
        const target = resolve(resolveDir, path).replace(/\.[jt]s$/, "");
        const name = relative(join(folder, "_generated"), target);
        const exists = [".js", ".ts"].some((extension) => existsSync(target + extension));
        return Object.hasOwn(GENERATED, name) && !exists ? { path: name, namespace: "generated" } : null;
      });
      building.onLoad({ filter: /.*/, namespace: "generated" }, ({ path }) => ({
        contents: GENERATED[path]!,
        resolveDir: folder,
      }));
    },
  };
}

function buildErrorText(error: unknown, { folder }: Project): string {
  const messages = (error as { errors?: BuildMessage[] }).errors;
  if (messages === undefined) return `Bundling failed: ${error}`;
  return messages.map((message) => spellMessage(message, folder)).join("\n");
}

function spellMessage({ text, location }: BuildMessage, folder: string): string {
  if (location === null) return text;
  const file = relative(dirname(resolve(folder)), resolve(folder, location.file));
  const pointer = `${" ".repeat(location.column)}^`;
  const hint = /Could not resolve "(node:|fs|path|crypto|os|http|stream|util|child_process)/.test(text)
    ? '\nNode.js modules can only be imported by "use node" files, which are not supported by the local deployment yet.'
    : "";
  return `${file}:${location.line}:${location.column + 1}: ${text}\n    ${location.lineText}\n    ${pointer}${hint}`;
}
