// Loads bundles and reads what they export: functions, HTTP routes, the schema.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { reason } from "./failure.ts";
import { STUB_MARK, stubbed } from "./stubs.ts";

export interface Load {
  /** `dir/module`, or the name that tells the schema and the components' file. */
  name: string;
  role: "module" | "schema" | "components";
  bundle: string;
}

/** What a thread is asked: to load bundles one after the other, with these variables set, whatever their value. */
export interface Task {
  loads: Load[];
  folder: string;
  variables: string[];
}

export interface ReadFunction {
  name: string;
  functionType: "Query" | "Mutation" | "Action";
  isInternal: boolean;
  args: unknown;
  returns: unknown;
  /** Packages that a validator should have come from. */
  stubs: string[];
}

/** What a module turned out to be; `failure` is set when it did not load. */
export interface Read {
  name: string;
  failure: string | null;
  functions: ReadFunction[];
  routes: { path: string; method: string }[];
  schema: unknown;
  components: string[];
  /** Exports that are lost, with the reason. */
  lost: { name: string; reason: string }[];
}

/** A function object as npm convex's builders make it. */
interface Registered {
  isQuery?: true;
  isMutation?: true;
  isAction?: true;
  isInternal?: true;
  exportArgs?: () => string;
  exportReturns?: () => string;
}
interface Router {
  isRouter?: true;
  getRoutes?: () => [string, string, unknown][];
}

const VARIABLE = /\bprocess\.env(?:\.|\[")([A-Z][A-Z0-9_]*)/g;
const READ_BY_LIBRARIES = /^(NODE_|NO_COLOR|FORCE_COLOR|DEBUG|CI$|TERM|LOG_LEVEL|VITEST|JEST)/;
/** Text, and a URL: what most checks of a variable at the top of a module let pass. */
const PLACEHOLDER = "https://placeholder.invalid";

/** The environment variables that bundled code mentions. */
export function variablesIn(code: string): string[] {
  const names = [...code.matchAll(VARIABLE)].map((match) => match[1]!);
  return [...new Set(names)].filter((name) => !READ_BY_LIBRARIES.test(name));
}

/** User code prints, exits and calls `require` as if it ran by itself. */
function prepareGlobals(folder: string): void {
  const silent = new Proxy(console, { get: () => () => undefined });
  Object.assign(globalThis, {
    console: silent,
    require: createRequire(pathToFileURL(`${folder}/any.js`)),
    __dirname: folder,
    __filename: `${folder}/any.js`,
  });
  process.exit = () => {
    throw new Error("process.exit() was called");
  };
  process.on("unhandledRejection", () => undefined);
  process.on("uncaughtException", () => undefined);
}

/** What is known of a bundle before it is loaded, or when it does not load. */
export function unread(name: string, failure: string | null): Read {
  return { name, failure, functions: [], routes: [], schema: null, components: [], lost: [] };
}

async function read({ name, role, bundle }: Load): Promise<Read> {
  const found = unread(name, null);
  try {
    const exports = await imported(bundle);
    if (role === "schema") found.schema = readSchema(exports["default"]);
    else if (role === "components") found.components = readComponents(exports["default"]);
    else readModule(exports, found);
  } catch (error) {
    found.failure = reason(error);
  }
  return found;
}

async function imported(bundle: string): Promise<Record<string, unknown>> {
  const loaded = (await import(pathToFileURL(bundle).href)) as Record<string, unknown>;
  return bundle.endsWith(".cjs") ? (loaded["default"] as Record<string, unknown>) : loaded;
}

function readModule(exports: Record<string, unknown>, found: Read): void {
  for (const [name, value] of Object.entries(exports)) {
    const from = stubbed(value);
    if (from !== undefined) {
      const reason = `made by ${from}, which is not installed: if it is a function, it has no bindings`;
      found.lost.push({ name, reason });
      continue;
    }
    try {
      const read = readFunction(name, value);
      if (read !== null) found.functions.push(read);
    } catch (error) {
      found.lost.push({ name, reason: `its validators cannot be read: ${reason(error)}` });
    }
  }
  const router = exports["default"] as Router | undefined;
  if (found.name === "http" && router?.isRouter && router.getRoutes !== undefined) {
    found.routes = router.getRoutes().map(([path, method]) => ({ path, method }));
  }
}

function readFunction(name: string, value: unknown): ReadFunction | null {
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) return null;
  const registered = value as Registered;
  const kinds = { isQuery: "Query", isMutation: "Mutation", isAction: "Action" } as const;
  const kind = (["isQuery", "isMutation", "isAction"] as const).find((mark) => registered[mark] === true);
  if (kind === undefined) return null;
  const stubs = new Set<string>();
  return {
    name,
    functionType: kinds[kind],
    isInternal: registered.isInternal === true,
    args: withoutMarks(JSON.parse(registered.exportArgs?.() ?? '{"type":"any"}'), stubs),
    returns: withoutMarks(JSON.parse(registered.exportReturns?.() ?? "null"), stubs),
    stubs: [...stubs].sort(),
  };
}

/** Takes the marks of stubs off a validator and notes the packages they name. */
function withoutMarks(value: unknown, stubs: Set<string>): unknown {
  if (typeof value === "string" && !value.isWellFormed()) throw new Error("a text that is no Unicode");
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withoutMarks(item, stubs));
  const entries = Object.entries(value).filter(([key, item]) => {
    if (key === STUB_MARK) stubs.add(String(item));
    return key !== STUB_MARK;
  });
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutMarks(item, stubs)]));
}

function readSchema(definition: unknown): unknown {
  const schema = definition as { export?: () => string } | undefined;
  if (typeof schema?.export !== "function" || stubbed(schema) !== undefined) {
    throw new Error("it has no default export made by defineSchema(…)");
  }
  return withoutMarks(JSON.parse(schema.export()), new Set());
}

function readComponents(definition: unknown): string[] {
  const children = (definition as { _childComponents?: unknown } | undefined)?._childComponents;
  return Array.isArray(children) ? children.map((child: unknown[]) => String(child[0])) : [];
}

if (!isMainThread) {
  const { loads, folder, variables } = workerData as Task;
  for (const name of variables) process.env[name] ??= PLACEHOLDER;
  prepareGlobals(folder);
  // One that throws costs the others nothing.
  for (const load of loads) parentPort!.postMessage(await read(load));
}
