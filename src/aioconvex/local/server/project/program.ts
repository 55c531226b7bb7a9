// The project's bundle, evaluated in this thread: its functions, schema and routes.
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { createRequire } from "node:module";
import vm from "node:vm";
import { type AuthProvider, parseAuthConfig } from "./authConfig.ts";
import { type CronJob, readCrons } from "./crons.ts";
import type { FunctionInfo, FunctionKind, Runtime } from "./functions.ts";
import { parseSchema, type Schema } from "./schema.ts";
import { BUNDLE_NAME, errorTitle, FrameMapper } from "./sourceMaps.ts";
import { Failure } from "../failure.ts";
import type { Validator } from "../engine/validate.ts";
import type { Json } from "../values/json.ts";

/** What the bundler makes of the modules of one runtime. */
export interface Script {
  code: string;
  map: string;
}
/** What the bundler makes of a project. */
export interface Bundle extends Script {
  /** The `"use node"` modules; null when there are none. */
  node: Script | null;
  /** Where Node looks for what is not in the bundle. */
  path: string;
  /** Name of the functions folder, for paths in stack frames. */
  folder: string;
  convexVersion: string;
  /** Files it was made of that lie outside the functions folder, npm packages aside. */
  outside: string[];
}

export interface UserFunction extends FunctionInfo {
  argsValidator: Validator | null;
  returnsValidator: Validator | null;
  /** Runs the handler on a JSON list of arguments; resolves to the result's JSON. */
  invoke: (args: string) => Promise<string>;
}

export interface Program {
  functions: Map<string, UserFunction>;
  /** Also those that run elsewhere. */
  declared: ReadonlyMap<string, FunctionInfo>;
  schema: Schema | null;
  authProviders: AuthProvider[];
  httpRoutes: { path: string; method: string }[];
  /** Null when the project has no HTTP actions. */
  router: HttpRouter | null;
  crons: CronJob[];
  frames: FrameMapper;
}

/** A router as npm convex's `httpRouter()` makes it. */
export interface HttpRouter {
  getRoutes(): [string, string, unknown][];
  lookup(path: string, method: string): [HttpEndpoint, string, string] | null;
}
export interface HttpEndpoint {
  invokeHttpAction(request: Request): Promise<unknown>;
}

/** A function object as npm convex's builders make it. */
interface Registered {
  isQuery?: true;
  isMutation?: true;
  isAction?: true;
  isInternal?: true;
  invokeQuery?: (args: string) => Promise<string>;
  invokeMutation?: (args: string) => Promise<string>;
  invokeAction?: (requestId: string, args: string) => Promise<string>;
  exportArgs?: () => string;
  exportReturns?: () => string;
}
interface ProjectExports {
  modules: Record<string, Record<string, unknown>>;
  schema: { default?: { export?: () => string } } | null;
  authConfig: { default?: unknown } | null;
}

/** `elsewhere` are the functions of the other runtime. */
export function loadProgram(bundle: Bundle, elsewhere: FunctionInfo[]): Program {
  const frames = new FrameMapper(bundle.map, bundle.folder);
  return loading(frames, () => {
    Object.assign(globalThis, { AsyncLocalStorage, AsyncResource });
    const { modules, schema, authConfig } = evaluate(bundle.code, refuseRequire);
    const functions = collectFunctions(modules, "default");
    const router = readRouter(modules["http"]);
    const declared = new Map<string, FunctionInfo>([
      ...functions,
      ...elsewhere.map((info) => [info.path, info] as const),
    ]);
    return {
      functions,
      declared,
      schema: schema === null ? null : readSchema(schema),
      authProviders: authConfig === null ? [] : readAuthConfig(authConfig),
      httpRoutes: readRoutes(router),
      router,
      crons: readCrons(modules["crons"], declared),
      frames,
    };
  });
}

/** The `"use node"` modules, with all of Node at their disposal. */
export function loadNodeProgram({ node, folder, path }: Bundle): Program {
  const frames = new FrameMapper(node!.map, folder);
  return loading(frames, () => {
    const functions = collectFunctions(evaluate(node!.code, createRequire(path)).modules, "node");
    for (const info of functions.values()) refuseUnlessAction(info);
    const nothing = { schema: null, authProviders: [], httpRoutes: [], router: null, crons: [] };
    return { functions, declared: functions, frames, ...nothing };
  });
}

function refuseUnlessAction({ path, kind }: FunctionInfo): void {
  if (kind === "Action") return;
  const [module, name] = path.split(":");
  throw new Failure(
    "AnalyzeFailed",
    `\`${name}\` defined in \`${module}.js\` is a ${kind} function. Only actions can be defined in Node.js. See https://docs.convex.dev/functions/actions for more details.`,
  );
}

function loading(frames: FrameMapper, load: () => Program): Program {
  try {
    return load();
  } catch (error) {
    if (error instanceof Failure) throw error;
    const stack = error instanceof Error ? (error.stack ?? "") : "";
    throw new Failure(
      "AnalyzeFailed",
      ["A module failed while loading: " + errorTitle(error), ...frames.frames(stack)].join("\n"),
    );
  }
}

/** Runs the bundle in this realm, so that its ArrayBuffers and Errors are the engine's own. */
function evaluate(code: string, require: (name: string) => unknown): ProjectExports {
  const module = { exports: {} as { default?: ProjectExports } };
  const run = vm.compileFunction(code, ["module", "exports", "require"], {
    filename: BUNDLE_NAME,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  run(module, module.exports, require);
  return module.exports.default!;
}

function refuseRequire(name: string): never {
  throw new Error(`Cannot import "${name}": only "use node" modules may.`);
}

/** A function as other threads know it. */
export function functionInfo({ path, kind, runtime, isPublic, args, returns }: FunctionInfo): FunctionInfo {
  return { path, kind, runtime, isPublic, args, returns };
}

function collectFunctions(modules: ProjectExports["modules"], runtime: Runtime): Map<string, UserFunction> {
  const functions = new Map<string, UserFunction>();
  for (const [module, exports] of Object.entries(modules)) {
    for (const [name, value] of Object.entries(exports)) {
      const found = describe(`${module}:${name}`, value, runtime);
      if (found !== null) functions.set(found.path, found);
    }
  }
  return functions;
}

function describe(path: string, value: unknown, runtime: Runtime): UserFunction | null {
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) return null;
  const registered = value as Registered;
  const runner = runnerOf(registered);
  if (runner === null) return null;
  const args = JSON.parse(registered.exportArgs?.() ?? '{"type":"any"}') as Validator;
  const returns = JSON.parse(registered.exportReturns?.() ?? "null") as Validator | null;
  return {
    path,
    runtime,
    ...runner,
    isPublic: registered.isInternal !== true,
    args: args as unknown as Json,
    returns: returns as unknown as Json,
    argsValidator: args.type === "any" ? null : args,
    returnsValidator: returns === null || returns.type === "any" ? null : returns,
  };
}

function runnerOf(
  registered: Registered,
): { kind: FunctionKind; invoke: (args: string) => Promise<string> } | null {
  if (registered.isQuery) return { kind: "Query", invoke: (args) => registered.invokeQuery!(args) };
  if (registered.isMutation) return { kind: "Mutation", invoke: (args) => registered.invokeMutation!(args) };
  if (registered.isAction) return { kind: "Action", invoke: (args) => registered.invokeAction!("", args) };
  return null;
}

function readSchema(module: NonNullable<ProjectExports["schema"]>): Schema {
  const definition = module.default;
  if (typeof definition?.export !== "function") {
    throw new Failure("SchemaInvalid", "The schema file must have a default export made by defineSchema(…).");
  }
  return parseSchema(definition.export());
}

function readAuthConfig(module: NonNullable<ProjectExports["authConfig"]>): AuthProvider[] {
  // Only what JSON carries leaves this thread.
  return parseAuthConfig(JSON.parse(JSON.stringify(module.default ?? null)) as Json);
}

function readRouter(http: Record<string, unknown> | undefined): HttpRouter | null {
  if (http === undefined) return null;
  const router = http["default"] as (HttpRouter & { isRouter?: true }) | undefined;
  if (router?.isRouter) return router;
  throw new Failure("AnalyzeFailed", "http: the default export must be made by httpRouter().");
}

function readRoutes(router: HttpRouter | null): Program["httpRoutes"] {
  return router?.getRoutes().map(([path, method]) => ({ path, method })) ?? [];
}
