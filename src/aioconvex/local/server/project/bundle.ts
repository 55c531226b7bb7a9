// Bundles a project with its own esbuild into one script that both kinds of worker evaluate.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { discover, moduleName, type Project } from "./discover.ts";
import type { Bundle } from "./program.ts";
import { Failure } from "../failure.ts";

/** The few names of esbuild's interface that are used; the package itself is the project's. */
interface Esbuild {
  build(options: object): Promise<BuildResult>;
}
interface BuildResult {
  outputFiles: { path: string; text: string }[];
  metafile: { inputs: Record<string, unknown> };
}
interface BuildMessage {
  text: string;
  location: { file: string; line: number; column: number; lineText: string } | null;
}
interface PluginBuild {
  onResolve(
    filter: { filter: RegExp },
    handle: (args: { path: string; resolveDir: string }) => object | null,
  ): void;
  onLoad(filter: { filter: RegExp; namespace: string }, handle: (args: { path: string }) => object): void;
}

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
  const convex = findConvex(folder);
  const built = await build(loadWithConvex(convex.packageFile, "esbuild") as Esbuild, project);
  const text = (suffix: string) => built.outputFiles.find((file) => file.path.endsWith(suffix))!.text;
  return {
    code: text(".js"),
    map: text(".map"),
    folder: basename(resolve(folder)),
    convexVersion: convex.version,
    outside: filesOutside(resolve(folder), Object.keys(built.metafile.inputs)),
  };
}

export function findConvex(folder: string): { packageFile: string; version: string } {
  const from = createRequire(join(resolve(folder), "any.js"));
  for (const modules of from.resolve.paths("convex") ?? []) {
    const packageFile = join(modules, "convex", "package.json");
    if (!existsSync(packageFile)) continue;
    const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };
    return { packageFile, version };
  }
  throw new Failure(
    "NoConvexPackage",
    `The npm package "convex" was not found from ${folder}. Run \`npm install convex\` in the folder that holds it.`,
  );
}

/** Found from `convex`, which depends on it, so that strict package managers resolve it too. */
export function loadWithConvex(convexPackageFile: string, name: string): unknown {
  try {
    return createRequire(convexPackageFile)(name);
  } catch (error) {
    throw new Failure(
      "NoConvexPackage",
      `${name}, which comes with npm "convex", could not be loaded. Run \`npm install convex\` again. (${error})`,
    );
  }
}

/** Names of inputs are relative to the folder. */
function filesOutside(folder: string, inputs: string[]): string[] {
  const paths = inputs.filter((name) => name.startsWith("..")).map((name) => resolve(folder, name));
  return paths.filter((path) => !path.split(sep).includes("node_modules"));
}

async function build(esbuild: Esbuild, project: Project): Promise<BuildResult> {
  try {
    return await esbuild.build({
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
function generatedModules(folder: string): object {
  return {
    name: "generated-modules",
    setup(building: PluginBuild) {
      building.onResolve({ filter: /_generated\// }, ({ path, resolveDir }) => {
        const target = resolve(resolveDir, path).replace(/\.[jt]s$/, "");
        const name = relative(join(folder, "_generated"), target);
        const exists = [".js", ".ts"].some((extension) => existsSync(target + extension));
        return Object.hasOwn(GENERATED, name) && !exists ? { path: name, namespace: "generated" } : null;
      });
      building.onLoad({ filter: /.*/, namespace: "generated" }, ({ path }) => ({
        contents: GENERATED[path],
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
