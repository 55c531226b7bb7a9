// The deployment as the HTTP front sees it: functions to call, code to push, data to reset.
import { join } from "node:path";
import { Readable } from "node:stream";
import type {
  ActionAnswer,
  ActionQuestion,
  HttpActionReply,
  HttpActionRequest,
  StoreFile,
} from "./actions/messages.ts";
import { ActionThread } from "./actions/thread.ts";
import { LocalIssuer } from "./auth/issuer.ts";
import { Users } from "./auth/users.ts";
import { Clock } from "./clock.ts";
import { UploadTickets } from "./engine/uploads.ts";
import type { FunctionCall } from "./engine/execute.ts";
import type { Commit, DueJob, LiveResult, ProgramSummary, Urls } from "./engine/messages.ts";
import { failed, type MutationOutcome, type Outcome } from "./engine/outcome.ts";
import { newRequestId } from "./engine/syscalls.ts";
import { EngineThread } from "./engine/thread.ts";
import { Files, parseDigest } from "./files.ts";
import { reportOf } from "./failure.ts";
import { HttpError } from "./http/reply.ts";
import { LiveQueries } from "./liveQueries.ts";
import { bundleProject } from "./project/bundle.ts";
import {
  canonicalPath,
  type FunctionInfo,
  type FunctionKind,
  notFoundText,
  wrongKindText,
} from "./project/functions.ts";
import { printLogs } from "./printLogs.ts";
import { RecentCalls } from "./recentCalls.ts";
import { Scheduler } from "./schedule/scheduler.ts";
import type { Bundle } from "./project/program.ts";
import { FileFolder } from "./storage/fileFolder.ts";
import type { SessionRequest } from "./storage/recordedReplies.ts";
import { isSystem, systemKind } from "./system/kinds.ts";
import type { Json } from "./values/json.ts";

/** A change of one environment variable; null removes it. */
export interface EnvironmentChange {
  name: string;
  value: string | null;
}
export interface DeploymentOptions {
  folder: string;
  dataFolder: string;
  durable: boolean;
  urls: Urls;
  /** Tokens for tests exist only where somebody has asked for them. */
  mintsTokens: boolean;
}

/** A call before its function has been looked up. */
export interface CallRequest extends FunctionCall {
  /** The kind the caller insists on; null takes any. */
  kind: FunctionKind | null;
  allowInternal: boolean;
}
export type SnapshotOutcome = Outcome | "out of retention" | "ahead of the deployment";

export class Deployment {
  readonly urls: Urls;
  readonly live: LiveQueries;
  readonly files: Files;
  readonly scheduler: Scheduler;
  readonly recentCalls = new RecentCalls();
  readonly clock = new Clock();
  readonly users = new Users(this.clock.now);
  /** Null unless tokens are minted. */
  readonly issuer: LocalIssuer | null;
  convexVersion = "";
  /** Why the files as they are now are not served; null when they are. */
  reloadFailure: string | null = null;
  tickets!: UploadTickets;
  private readonly folder: string;
  private readonly path: string;
  private readonly writer: EngineThread;
  private readonly actions: ActionThread;
  private reader: Promise<EngineThread> | null = null;
  private bundle: Bundle | undefined;
  private functions = new Map<string, FunctionInfo>();
  private pushing: Promise<unknown> = Promise.resolve();

  constructor(options: DeploymentOptions) {
    this.folder = options.folder;
    this.urls = options.urls;
    this.issuer = options.mintsTokens ? new LocalIssuer(this.clock.now) : null;
    this.path = join(options.dataFolder, "data.sqlite3");
    const { durable } = options;
    this.writer = new EngineThread(
      { role: "writer", path: this.path, durable, clock: this.clock.shared },
      { committed: (commit) => this.committed(commit), ran: (usage) => this.recentCalls.add(usage) },
    );
    this.live = new LiveQueries({
      refuse: (request) => this.refuse(request),
      watch: (request, watch, journal) => this.watch(request, watch, journal),
      unwatch: (watch) => void this.writer.request("unwatch", { watch }),
    });
    this.scheduler = new Scheduler({
      now: this.clock.now,
      take: (limit) => this.writer.request("takeJobs", { now: this.clock.now(), limit }),
      run: (job) => this.runJob(job),
    });
    const folder = new FileFolder(options.dataFolder);
    this.files = new Files(folder, {
      addFile: (file) => this.writer.request("addFile", file),
      findFile: (name) => this.writer.request("findFile", { name }),
    });
    this.actions = new ActionThread({ clock: this.clock.shared }, (question) => this.respond(question));
  }

  private committed(commit: Commit): void {
    this.live.committed(commit);
    if (commit.jobs) this.scheduler.wake();
  }

  get functionCount(): number {
    return this.functions.size;
  }

  /** Opens the data, changes the environment and loads the project for the first time. */
  async start(changes: EnvironmentChange[]): Promise<ProgramSummary> {
    const bundling = bundleProject(this.folder);
    // Both failures are of interest, but one at a time.
    bundling.catch(() => undefined);
    this.actions.start();
    await this.writer.start();
    this.tickets = new UploadTickets(await this.writer.request("secret", {}));
    if (changes.length > 0) await this.writer.request("changeEnvironment", { changes });
    const summary = await this.load(await bundling, true);
    await this.writer.request("recoverJobs", {});
    this.scheduler.start();
    return summary;
  }

  /** Reads the project again; if anything about it is wrong, the previous version stays in use. */
  push(): Promise<ProgramSummary> {
    return this.exclusively(() =>
      this.noting(bundleProject(this.folder).then((bundle) => this.load(bundle, true))),
    );
  }

  /** As `push`, but only if the bundle has changed. */
  reload(): Promise<ProgramSummary | "unchanged"> {
    return this.exclusively(async () => {
      const bundle = await this.noting(bundleProject(this.folder));
      if (bundle.code === this.bundle!.code) return "unchanged";
      return this.noting(this.load(bundle, true));
    });
  }

  private async noting<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      this.reloadFailure = null;
      return result;
    } catch (error) {
      this.reloadFailure = reportOf(error).message;
      throw error;
    }
  }

  /** Files the functions were made of that lie outside their folder. */
  get filesOutside(): readonly string[] {
    return this.bundle!.outside;
  }

  changeEnvironment(changes: EnvironmentChange[]): Promise<void> {
    return this.exclusively(async () => {
      await this.writer.request("changeEnvironment", { changes });
      await this.load(this.bundle!, false);
    });
  }

  environment(): Promise<Record<string, string>> {
    return this.writer.request("environment", {});
  }

  async reset(): Promise<void> {
    await this.writer.request("reset", {});
    this.recentCalls.clear();
    this.clock.reset();
    this.live.invalidateAll();
  }

  indexes(): Promise<Json> {
    return this.writer.request("indexes", {});
  }

  documentCounts(): Promise<Record<string, number>> {
    return this.writer.request("status", {});
  }

  async close(): Promise<void> {
    this.scheduler.stop();
    await this.actions.close();
    if (this.reader !== null) await (await this.reader).close();
    await this.writer.close();
  }

  /** Moves the deployment's time ahead; what is due by then runs. */
  advance(ms: number): void {
    this.clock.advance(ms);
    this.scheduler.wake();
  }

  // --- calls

  async call(request: CallRequest): Promise<Outcome> {
    const found = this.find(request);
    if ("failure" in found) return found.failure;
    const call = callOf(request, found.function.path);
    const outcome = await this.run(found.function.kind, call);
    printLogs(call.path, outcome);
    return outcome;
  }

  /** A mutation over WebSocket, which runs once however often its session sends it. */
  async mutate(request: CallRequest, origin: SessionRequest | null): Promise<MutationOutcome> {
    const found = this.find({ ...request, kind: "Mutation" });
    if ("failure" in found) return { ...found.failure, ts: null };
    const call = callOf(request, found.function.path);
    const outcome = await this.writer.request("mutation", { call, origin });
    printLogs(call.path, outcome);
    return outcome;
  }

  private refuse(request: CallRequest): Outcome | null {
    if (request.allowInternal && isSystem(request.path) && systemKind(request.path) === "Query") return null;
    const found = this.find(request);
    return "failure" in found ? found.failure : null;
  }

  private async watch(request: CallRequest, watch: number, journal: string | null): Promise<LiveResult> {
    const result = await this.writer.request("watch", {
      call: callOf(request, request.path),
      watch,
      journal,
    });
    printLogs(request.path, result.outcome);
    return result;
  }

  /** Pins the latest state for queries that must agree with each other. */
  async snapshotTs(): Promise<bigint> {
    return (await this.snapshotReader()).request("pin", {});
  }

  async queryAt(request: CallRequest, ts: bigint): Promise<SnapshotOutcome> {
    const found = this.find(request);
    if ("failure" in found) return found.failure;
    const call = callOf(request, found.function.path);
    let outcome = await (await this.snapshotReader()).request("query", { call, ts });
    // Without a pin the timestamp may still be the latest one, which the writer serves.
    if (outcome === "out of retention") outcome = await this.writer.request("query", { call, ts });
    if (outcome !== "out of retention") {
      printLogs(call.path, outcome);
      return outcome;
    }
    return ts > (await this.writer.request("latest", {})) ? "ahead of the deployment" : outcome;
  }

  /** A `_system/…` query; "not found" for names that are not served. */
  systemQuery(name: string, args: Json): Promise<Outcome | "not found"> {
    return this.writer.request("system", { name, args });
  }

  private async run(kind: FunctionKind, call: FunctionCall): Promise<Outcome> {
    switch (kind) {
      case "Query":
        return (await this.writer.request("query", { call, ts: null })) as Outcome;
      case "Mutation":
        return this.writer.request("mutation", { call, origin: null });
      case "Action":
        return this.actions.run(call);
    }
  }

  private find({
    path,
    kind,
    allowInternal,
  }: CallRequest): { function: FunctionInfo } | { failure: Outcome } {
    const found = this.functions.get(path);
    if (found === undefined || !(found.isPublic || allowInternal)) {
      return { failure: failed(notFoundText(path, kind === null ? "any" : "public")) };
    }
    if (kind !== null && found.kind !== kind)
      return { failure: failed(wrongKindText(path, kind, found.kind)) };
    return { function: found };
  }

  httpAction(request: HttpActionRequest): Promise<HttpActionReply | { unrouted: string }> {
    return this.actions.http(request);
  }

  private async runJob({ id, path, args, kind }: DueJob): Promise<void> {
    const call = { path, args, identity: null, requestId: newRequestId() };
    const outcome = await this.runDue(id, kind, call);
    printLogs(path, outcome);
    const error = outcome.ok ? null : outcome.error;
    if (error !== null) process.stderr.write(`[${path}] ${error.message}\n`);
    if (id !== null) await this.writer.request("settleJob", { id, error });
  }

  private async runDue(id: string | null, kind: FunctionKind | null, call: FunctionCall): Promise<Outcome> {
    if (kind === "Mutation" && id !== null) return this.writer.request("runJob", { id, call });
    return kind === null ? failed(notFoundText(call.path, "any")) : this.run(kind, call);
  }

  /** Answers an action's own calls. */
  private async respond(question: ActionQuestion): Promise<ActionAnswer> {
    switch (question.name) {
      case "tables":
        return this.writer.request("tables", {});
      case "schedule":
        return this.writer.request("schedule", { operation: question.operation, args: question.args });
      case "storage":
        return this.writer.request("storage", { operation: question.operation, args: question.args });
      case "storeFile":
        return this.storeFile(question);
      case "readFile":
        return this.files.read(question.storageId);
      case "vectorSearch":
        return this.writer.request("vectorSearch", { query: question.query });
      case "runFunction": {
        const { kind, identity, requestId } = question;
        const path = canonicalPath(question.path);
        if (path === null) return failed(notFoundText(question.path, "any"));
        if (!this.functions.has(path)) return failed(notFoundText(path, "any"));
        const args = JSON.stringify([question.args]);
        return this.call({ path, args, identity, requestId, kind, allowInternal: true });
      }
    }
  }

  private async storeFile({ bytes, contentType, sha256 }: StoreFile): Promise<Outcome> {
    try {
      const expected = sha256 === null ? null : parseDigest(sha256);
      const id = await this.files.store(Readable.from([bytes]), contentType, expected);
      return { ok: true, value: JSON.stringify(id), logLines: [] };
    } catch (error) {
      if (error instanceof HttpError) return failed(error.message);
      throw error;
    }
  }

  // --- code

  private async load(bundle: Bundle, deploy: boolean): Promise<ProgramSummary> {
    const { urls } = this;
    const environment = await this.environment();
    await this.actions.prepare({ bundle, environment, urls });
    const summary = await this.writer.load({ bundle, urls, deploy });
    await this.actions.activate();
    this.bundle = bundle;
    this.convexVersion = bundle.convexVersion;
    this.functions = new Map(summary.functions.map((info) => [info.path, info]));
    this.users.setProviders([
      ...summary.authProviders,
      ...(this.issuer === null ? [] : [this.issuer.provider]),
    ]);
    this.live.invalidateAll();
    if (this.reader !== null) await (await this.reader).load({ bundle, urls, deploy: false });
    return summary;
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.pushing.then(work);
    this.pushing = result.catch(() => undefined);
    return result;
  }

  /** Snapshots have a thread of their own, so that a runaway function elsewhere does not lose them. */
  private snapshotReader(): Promise<EngineThread> {
    this.reader ??= this.exclusively(async () => {
      const reader = new EngineThread(
        { role: "reader", path: this.path, durable: true, clock: this.clock.shared },
        { ran: (usage) => this.recentCalls.add(usage) },
      );
      await reader.start();
      await reader.load({ bundle: this.bundle!, urls: this.urls, deploy: false });
      return reader;
    });
    this.reader.catch(() => (this.reader = null));
    return this.reader;
  }
}

function callOf({ args, identity, requestId }: CallRequest, path: string): FunctionCall {
  return { path, args, identity, requestId };
}
