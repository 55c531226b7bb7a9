// Worker thread that owns the data (role "writer") or serves pinned snapshots (role "reader"), one job at a time.
import { dirname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { CursorSealer } from "./cursors.ts";
import { deploySchema } from "./deploy.ts";
import { installDeterministicEnvironment, installProcess } from "./environment.ts";
import { Executor } from "./execute.ts";
import { actionFileSyscall, addFile, type FileContext, fileInfo } from "./fileStorage.ts";
import type {
  CallUsage,
  Commit,
  EngineData,
  EngineReply,
  EngineRequest,
  EngineRequestName,
  EngineRequests,
} from "./messages.ts";
import { deployCrons, jobSyscall, recoverJobs, restartCrons, settle, takeDue } from "./jobs.ts";
import { surviveLostErrors } from "./logs.ts";
import { failed, type Outcome } from "./outcome.ts";
import { LOADING_TIME_MS, Stopwatch } from "./stopwatch.ts";
import { convexGlobal } from "./syscalls.ts";
import { Transaction } from "./transaction.ts";
import { UploadTickets } from "./uploads.ts";
import { vectorSearch } from "./vectorSearch.ts";
import { Clock } from "../clock.ts";
import { reportOf } from "../failure.ts";
import { Watches } from "../live/watches.ts";
import { functionInfo, loadProgram, type Program } from "../project/program.ts";
import { countRows } from "../storage/rows.ts";
import { declaredIndexes, type Table } from "../storage/catalog.ts";
import { Connection } from "../storage/connection.ts";
import { dataFailure } from "../storage/disk.ts";
import { FileFolder } from "../storage/fileFolder.ts";
import { SavedStates } from "../storage/savedStates.ts";
import { Settings } from "../storage/settings.ts";
import { Snapshots } from "../storage/snapshots.ts";
import { type Changes, Store } from "../storage/store.ts";
import { SYSTEM_QUERIES, type SystemContext } from "../system/queries.ts";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

type Handlers = {
  [Name in EngineRequestName]?: (
    params: EngineRequests[Name]["params"],
  ) => EngineRequests[Name]["result"] | Promise<EngineRequests[Name]["result"]>;
};

const { role, path, durable, timeLimit, cells, clock: sharedClock } = workerData as EngineData;
const clock = new Clock(sharedClock);
const port = parentPort!;
const states = new SavedStates(dirname(path));
const stopwatch = new Stopwatch(cells, timeLimit);
let executor: Executor;
let program: Program;
let environment: Record<string, string> = {};
let urls = { cloud: "", site: "" };
/** Goes out with the next reply, so that nobody hears of a commit before its consequences. */
let commit: Commit | null = null;
let usage: CallUsage | null = null;
let handlers: Handlers;
let secret: string;
let sealer: CursorSealer;
let fileContext: FileContext;

function load(params: EngineRequests["load"]["params"]): Program {
  urls = params.urls;
  stopwatch.start(LOADING_TIME_MS);
  try {
    return loadProgram(params.bundle, params.nodeFunctions);
  } finally {
    stopwatch.stop();
  }
}

function use(loaded: Program): void {
  program = loaded;
  executor = new Executor(program, path, stopwatch, (used) => (usage = used));
}

function summary(added: string[], dropped: string[]): EngineRequests["load"]["result"] {
  const functions = [...program.declared.values()].map(functionInfo);
  const { authProviders, httpRoutes } = program;
  return { functions, authProviders, httpRoutes, indexesAdded: added, indexesDropped: dropped };
}

function setEnvironment(variables: Record<string, string>): void {
  environment = { ...variables, CONVEX_CLOUD_URL: urls.cloud, CONVEX_SITE_URL: urls.site };
}

function writerHandlers(store: Store): Handlers {
  const context = (): SystemContext => ({ store, program, sealer, urls });
  const watches = new Watches();
  const report = (changes: Changes) => {
    const invalidated = changes === "everything" ? "all" : watches.invalidate(changes);
    if (changes === "everything") watches.clear();
    commit = mergeCommits(commit, { ts: store.lastTs, invalidated, jobs: store.jobs.changed });
    store.jobs.changed = false;
  };
  store.onCommit = report;
  const system = (name: string, args: Json): Outcome | "not found" => {
    const run = Object.hasOwn(SYSTEM_QUERIES, name) ? SYSTEM_QUERIES[name] : undefined;
    return run === undefined
      ? "not found"
      : attempt(() => JSON.stringify(run(context(), isObject(args) ? args : {})));
  };
  return {
    load: (params) => {
      urls = params.urls;
      setEnvironment(store.settings.environment());
      const loaded = load(params);
      const { added, dropped } = params.deploy
        ? deploySchema(store, loaded.schema)
        : { added: [], dropped: [] };
      use(loaded);
      if (params.deploy) deployCrons(store, loaded.crons, clock.now());
      report("everything");
      return summary(added, dropped);
    },
    query: ({ call, ts }) =>
      ts === null || ts === store.lastTs ? executor.query(call, store, store.lastTs) : "out of retention",
    watch: async ({ call, watch, journal: given }) => {
      const answer = system(call.path, (JSON.parse(call.args) as Json[])[0] ?? {});
      if (answer !== "not found") {
        watches.addForEveryCommit(watch);
        return { outcome: answer, journal: null, readsIdentity: false, interrupted: false };
      }
      const { outcome, journal, reads, readsIdentity } = await executor.watch(call, given, store);
      watches.add(watch, reads);
      return { outcome, journal: journal.made, readsIdentity, interrupted: false };
    },
    ...mutationHandlers(store),
    ...dataHandlers(store),
    ...fileHandlers(store),
    unwatch: ({ watch }) => (watches.delete(watch), null),
    system: ({ name, args }) => system(name, args),
  };
}

/** Everything that concerns the data and runs no function. */
function dataHandlers(store: Store): Handlers {
  return {
    secret: () => secret,
    vectorSearch: ({ query }) => attempt(() => vectorSearch(store, query)),
    indexes: () => store.catalog.userTables().flatMap(describeIndexes),
    status: () =>
      Object.fromEntries(store.catalog.userTables().map((table) => [table.name, countRows(store, table)])),
    tables: () => Object.fromEntries(store.catalog.tables().map(({ name, number }) => [name, number])),
    environment: () => store.settings.environment(),
    changeEnvironment: ({ changes }) =>
      store.transact(() => {
        for (const { name, value } of changes) store.settings.setVariable(name, value);
        return null;
      }),
    reset: () => {
      store.clear();
      restartCrons(store, program.crons, clock.now());
      fileContext.files.keepOnly(new Set());
      return null;
    },
    save: () => states.save(store),
    bring: ({ name }) => {
      if (!states.has(name)) return false;
      states.bring(name, () => store.close());
      handlers = writerHandlers(Store.open(path, { durable }));
      return true;
    },
    latest: () => store.lastTs,
    close: () => (store.close(), null),
  };
}

/** Mutations of clients, and what is run or scheduled for later. */
function mutationHandlers(store: Store): Handlers {
  return {
    mutation: ({ call, origin }) => {
      if (origin === null) return executor.mutation(call, store, null);
      const recorded = store.replies.find(origin);
      if (recorded !== undefined) return { ...(JSON.parse(recorded.reply) as Outcome), ts: recorded.ts };
      const record = (ts: bigint, outcome: Outcome) => store.replies.add(origin, ts, JSON.stringify(outcome));
      return executor.mutation(call, store, record);
    },
    rehearse: ({ call }) => executor.rehearse(call, store),
    runJob: ({ id, call }) => {
      if (!store.jobs.has(id)) return { ...failed("The scheduled function was cancelled."), ts: null };
      return executor.mutation(call, store, () => settle(store, id, null, clock.now()));
    },
    schedule: ({ operation, args }) =>
      attempt(() =>
        store.transact((ts) => {
          const now = clock.now();
          const transaction = new Transaction({ view: store, store, ts, now });
          return jobSyscall(transaction, program, operation, args)!;
        }),
      ),
    takeJobs: ({ now, limit }) => takeDue(store, program, now, limit),
    settleJob: ({ id, error }) => (store.transact(() => settle(store, id, error, clock.now())), null),
    recover: () => {
      fileContext.files.keepOnly(store.files.all());
      recoverJobs(store, clock.now());
      return null;
    },
  };
}

function fileHandlers(store: Store): Handlers {
  return {
    storage: ({ operation, args }) => attempt(() => actionFileSyscall(fileContext, store, operation, args)),
    addFile: (file) => addFile(store, fileContext.files, file),
    findFile: ({ name }) => fileInfo(store, name),
  };
}

function readerHandlers(): Handlers {
  const snapshots = new Snapshots(path);
  return {
    load: (params) => {
      urls = params.urls;
      setEnvironment(readSettings((settings) => settings.environment()));
      use(load(params));
      return summary([], []);
    },
    pin: () => snapshots.pin(),
    query: ({ call, ts }) => {
      const snapshot = ts === null ? undefined : snapshots.at(ts);
      return snapshot === undefined ? "out of retention" : executor.query(call, snapshot, snapshot.ts);
    },
    close: () => (snapshots.releaseAll(), null),
  };
}

/** The indexes that the schema declares, as `/api/get_indexes` lists them. */
function describeIndexes(table: Table): Json[] {
  return declaredIndexes(table).map(({ name, spec }) => {
    const { kind, staged, ...rest } = spec;
    const fields =
      kind === "database" ? (rest as { fields: string[] }).fields : (rest as unknown as JsonObject);
    return { table: table.name, name, fields, backfill: { state: "done" }, staged };
  });
}

function attempt(work: () => string): Outcome {
  try {
    return { ok: true, value: work(), logLines: [] };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

/** What the settings say, whether or not this worker has a store. */
function readSettings<T>(read: (settings: Settings) => T): T {
  const connection = new Connection(path, { readOnly: true });
  try {
    return read(new Settings(connection));
  } finally {
    connection.close();
  }
}

async function answer({ job, name, params }: EngineRequest): Promise<EngineReply> {
  stopwatch.takeUp(job);
  try {
    const handle = handlers[name] as (params: object) => unknown;
    return { job, result: await handle(params), ...takeNews() };
  } catch (error) {
    return { job, failure: reportOf(dataFailure(error, path)), ...takeNews() };
  }
}

/** One request may commit more than once. */
function mergeCommits(earlier: Commit | null, later: Commit): Commit {
  if (earlier === null) return later;
  const all = earlier.invalidated === "all" || later.invalidated === "all";
  return {
    ts: later.ts,
    invalidated: all ? "all" : ([...earlier.invalidated, ...later.invalidated] as number[]),
    jobs: earlier.jobs || later.jobs,
  };
}

function takeNews(): Pick<EngineReply, "commit" | "usage"> {
  const news = { commit, usage };
  commit = usage = null;
  return news;
}

function serve(): void {
  let previous: Promise<void> = Promise.resolve();
  port.on("message", (request: EngineRequest) => {
    previous = previous.then(async () => port.postMessage(await answer(request)));
  });
}

function start(): void {
  const store = role === "writer" ? Store.open(path, { durable }) : null;
  secret = readSettings((settings) => settings.get("secret")!);
  sealer = new CursorSealer(secret);
  const files = new FileFolder(dirname(path));
  fileContext = { files, tickets: new UploadTickets(secret), urls: () => urls };
  const runNested = (...call: Parameters<Executor["nested"]>) => executor.nested(...call);
  Object.assign(globalThis, {
    Convex: convexGlobal({
      stopwatch,
      sealer,
      runNested,
      dataPath: path,
      program: () => program,
      ...fileContext,
    }),
  });
  Error.stackTraceLimit = 50;
  surviveLostErrors();
  installDeterministicEnvironment(clock.now);
  installProcess(() => environment);
  handlers = store === null ? readerHandlers() : writerHandlers(store);
  serve();
}

try {
  start();
  port.postMessage({ job: 0, result: null, ...takeNews() });
} catch (error) {
  port.postMessage({ job: 0, failure: reportOf(error), ...takeNews() });
}
