// Bundles a project into a script for each runtime: one that all workers evaluate, and one of `"use node"` modules.
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { externalPackages } from "./config.ts";
import { discover, moduleName, type Project } from "./discover.ts";
import { findPackages } from "./packages.ts";
import { asyncHooks, externals, generatedModules, serverOnly, wasm } from "./plugins.ts";
import type { Bundle, Script } from "./program.ts";
import type { BuildMessage, BuildResult, Bundler } from "../bundler/interface.ts";
import { Failure } from "../failure.ts";

/** Where the scripts would lie if they were written. */
const RESULT = "bundle.js";

/** What a script exports. */
type Entries = Pick<Project, "modules"> & Partial<Pick<Project, "schema" | "authConfig">>;

export async function bundleProject(folder: string): Promise<Bundle> {
  const project = discover(folder);
  const packages = findPackages(folder);
  const bundler = packages.bundler();
  const { modules, nodeModules, schema, authConfig } = project;
  const [built, node] = await Promise.all([
    build(bundler, project, "browser", { modules, schema, authConfig }),
    nodeModules.length === 0 ? null : build(bundler, project, "node", { modules: nodeModules }),
  ]);
  const inputs = [built, node].flatMap((result) => Object.keys(result?.metafile.inputs ?? {}));
  return {
    ...scriptOf(built),
    node: node && scriptOf(node),
    path: join(resolve(folder), RESULT),
    folder: basename(resolve(folder)),
    convexVersion: packages.convexVersion,
    outside: filesOutside(resolve(folder), inputs),
  };
}

function scriptOf({ outputFiles }: BuildResult): Script {
  const text = (suffix: string) => outputFiles.find((file) => file.path.endsWith(suffix))!.text;
  return { code: text(".js"), map: text(".map") };
}

/** Names of inputs are relative to the folder. */
function filesOutside(folder: string, inputs: string[]): string[] {
  const paths = inputs.filter((name) => name.startsWith("..")).map((name) => resolve(folder, name));
  return paths.filter((path) => !path.split(sep).includes("node_modules"));
}

async function build(
  bundler: Bundler,
  project: Project,
  platform: "browser" | "node",
  entries: Entries,
): Promise<BuildResult> {
  try {
    return await bundler.build({
      stdin: {
        contents: entryPoint(project.folder, entries),
        resolveDir: resolve(project.folder),
        loader: "ts",
        sourcefile: "<entry>",
      },
      absWorkingDir: resolve(project.folder),
      outfile: join(resolve(project.folder), RESULT),
      bundle: true,
      write: false,
      format: "cjs",
      platform,
      target: "esnext",
      conditions: ["convex", "module"],
      sourcemap: "external",
      sourcesContent: false,
      metafile: true,
      keepNames: false,
      jsx: "automatic",
      define: { "process.env.NODE_ENV": '"production"' },
      logLevel: "silent",
      plugins: [
        generatedModules(resolve(project.folder)),
        serverOnly,
        platform === "node" ? externals(externalPackages(resolve(project.folder))) : asyncHooks,
        wasm,
      ],
    });
  } catch (error) {
    throw new Failure("BundleFailed", buildErrorText(error, project));
  }
}

function entryPoint(folder: string, { modules, schema = null, authConfig = null }: Entries): string {
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
    ? '\nNode.js modules can only be imported by files that begin with "use node" and define only actions. See https://docs.convex.dev/functions/runtimes#nodejs-runtime'
    : "";
  return `${file}:${location.line}:${location.column + 1}: ${text}\n    ${location.lineText}\n    ${pointer}${hint}`;
}
