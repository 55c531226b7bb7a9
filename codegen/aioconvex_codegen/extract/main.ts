// Reads a Convex project for the generator: bundles it, loads every module, says what it found.
// Usage: node main.ts PROJECT WORK PACKAGES; the answer is WORK/result.json. PACKAGES is the path of the
// local deployment's module that finds npm packages.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { Bundler } from "../../../src/aioconvex/local/server/bundler/interface.ts";
import type { findPackages } from "../../../src/aioconvex/local/server/project/packages.ts";
import { bundle, type Bundled } from "./bundle.ts";
import { docComments } from "./comments.ts";
import { Failure, reason } from "./failure.ts";
import { variablesIn, type Load, type Read } from "./load.ts";
import { readProject, shownFile, type Module, type Project } from "./project.ts";
import { loadAll, STUCK } from "./threads.ts";

/** What the generator is told; its reader is `project.py`. */
interface Result {
  functions: object[];
  schema: unknown;
  docs: Record<string, string>;
  files: Record<string, string>;
  /** What is worth knowing, what is typed wider, and what is lost. */
  notes: string[];
  warnings: string[];
  skipped: string[];
}

/** Lies elsewhere in a checkout than when installed, hence its path is an argument. */
interface PackagesModule {
  findPackages: typeof findPackages;
}

async function extract(given: string, work: string, packagesFile: string): Promise<Result> {
  const project = readProject(given);
  const bundled = await bundle(await bundlerOf(project, packagesFile), project, filesOf(project), work);
  const loads = loadsOf(project, bundled);
  const reads = await loadAll({ loads, folder: project.folder, variables: [] });
  const result = emptyResult(project);
  const failed = loads.filter((_, number) => ![null, STUCK].includes(reads[number]!.failure));
  const again = new Map((await retried(failed, project.folder, work)).map((read) => [read.name, read]));
  for (const read of reads) {
    const second = again.get(read.name);
    if (second?.failure === null) {
      result.warnings.push(
        `${read.name}: loads only with placeholders for unset environment variables (${read.failure})`,
      );
    }
    collect(project, second?.failure === null ? second : read, bundled, result);
  }
  return result;
}

async function bundlerOf({ folder }: Project, packagesFile: string): Promise<Bundler> {
  const { findPackages } = (await import(pathToFileURL(packagesFile).href)) as PackagesModule;
  try {
    return findPackages(folder).bundler();
  } catch (error) {
    throw new Failure(error instanceof Error ? error.message : reason(error));
  }
}

function filesOf(project: Project): { path: string; platform: "browser" | "node" }[] {
  const extra = [project.schema, project.components].filter((file) => file !== null);
  return [
    ...project.modules.map(({ file, runsOnNode }) => ({
      path: file,
      platform: runsOnNode ? ("node" as const) : ("browser" as const),
    })),
    ...extra.map((path) => ({ path, platform: "browser" as const })),
  ];
}

function loadsOf(project: Project, bundled: Map<string, Bundled>): Load[] {
  const at = (file: string) => bundled.get(file)!.bundle;
  const loads: Load[] = project.modules.map(({ name, file }) => ({ name, role: "module", bundle: at(file) }));
  for (const role of ["schema", "components"] as const) {
    const file = project[role];
    if (file !== null) loads.push({ name: relative(project.folder, file), role, bundle: at(file) });
  }
  return loads;
}

/** A module that throws often misses an environment variable: such get a second chance. */
async function retried(loads: Load[], folder: string, work: string): Promise<Read[]> {
  if (loads.length === 0) return [];
  const bundles = readdirSync(work, { recursive: true, encoding: "utf8" }).filter((file) => /\.[cm]js$/.test(file));
  const code = bundles.map((file) => readFileSync(join(work, file), "utf8")).join("\n");
  return loadAll({ loads, folder, variables: variablesIn(code) });
}

function emptyResult(project: Project): Result {
  const components = project.nested.map(
    (folder) => `${folder}/ holds a component of its own (convex.config.ts) and is not part of this app's API`,
  );
  return { functions: [], schema: null, docs: {}, files: {}, notes: components, warnings: [], skipped: [] };
}

function collect(project: Project, read: Read, bundled: Map<string, Bundled>, result: Result): void {
  const module = project.modules.find(({ name }) => name === read.name);
  if (read.failure !== null) {
    const file = module === undefined ? join(project.folder, read.name) : module.file;
    result.skipped.push(`${shownFile(project, file)} fails while loading: ${read.failure}`);
    return;
  }
  if (read.schema !== null) result.schema = read.schema;
  if (read.components.length > 0) {
    result.notes.push(
      `${read.name} installs components, whose functions are not part of this app's API: ` +
        read.components.join(", "),
    );
  }
  if (module !== undefined) collectModule(project, module, read, bundled.get(module.file)!, result);
}

function collectModule(
  project: Project,
  module: Module,
  read: Read,
  { missing }: Bundled,
  result: Result,
): void {
  const comments = docComments(module);
  for (const { name, functionType, isInternal, args, returns, stubs } of read.functions) {
    const identifier = `${module.name}.js:${name}`;
    const visibility = { kind: isInternal ? "internal" : "public" };
    result.functions.push({ identifier, functionType, visibility, args, returns });
    const comment = comments.get(name);
    if (comment !== undefined) result.docs[identifier] = comment;
    if (stubs.length > 0) {
      const packages = stubs.join(", ");
      result.warnings.push(
        `${module.name}:${name}: validators from ${packages}, which is not installed, are typed as any`,
      );
    }
  }
  for (const { path, method } of read.routes) {
    result.functions.push({ functionType: "HttpAction", method, path });
  }
  const file = shownFile(project, module.file);
  for (const lost of read.lost) result.skipped.push(`${file}: ${lost.name}: ${lost.reason}`);
  result.files[module.name] = file;
  if (missing.length > 0 && read.functions.length > 0) {
    const affected = read.functions.map(({ name }) => `${module.name}:${name}`).join(", ");
    result.warnings.push(
      `${file}: stand-ins are used for ${missing.join(", ")}, which cannot be found; check ${affected}`,
    );
  }
}

const [given, work, packagesFile] = process.argv.slice(2);
// Taken before any code of the project runs.
const exit = process.exit.bind(process);
let answer: object;
try {
  answer = await extract(given!, work!, packagesFile!);
} catch (error) {
  answer = { failure: error instanceof Failure ? error.message : `The project cannot be read: ${reason(error)}` };
}
writeFileSync(join(work!, "result.json"), JSON.stringify(answer));
exit(0); // whatever timers and sockets the project has opened
