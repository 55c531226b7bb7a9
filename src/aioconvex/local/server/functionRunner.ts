// Runs functions for whoever calls them: which thread takes a call, and which calls reach none.
import type { Actions } from "./actions/actions.ts";
import type { HttpActionReply, HttpActionRequest } from "./actions/messages.ts";
import { tooLarge } from "./calls.ts";
import type { FunctionCall } from "./engine/execute.ts";
import type { DueJob, LiveResult } from "./engine/messages.ts";
import { failed, type MutationOutcome, type Outcome } from "./engine/outcome.ts";
import { newRequestId } from "./engine/metadata.ts";
import type { EngineThread } from "./engine/thread.ts";
import type { FunctionLogs } from "./functionLogs.ts";
import { type FunctionInfo, type FunctionKind, notFoundText, wrongKindText } from "./project/functions.ts";
import type { SessionRequest } from "./storage/recordedReplies.ts";
import { isSystem, systemKind } from "./system/kinds.ts";

/** A call before its function has been looked up. */
export interface CallRequest extends FunctionCall {
  /** The kind the caller insists on; null takes any. */
  kind: FunctionKind | null;
  allowInternal: boolean;
}
export type SnapshotOutcome = Outcome | "out of retention" | "ahead of the deployment";

/** Of JSON, as Convex sends them to another machine. */
const MOST_NODE_ARGUMENTS = 5 << 20;

/** The threads that functions run on. */
export interface Threads {
  writer: EngineThread;
  actions: Actions;
  /** Started when it is first needed. */
  snapshotReader: () => Promise<EngineThread>;
}

export class FunctionRunner {
  private readonly threads: Threads;
  private readonly logs: FunctionLogs;
  private functions = new Map<string, FunctionInfo>();

  constructor(threads: Threads, logs: FunctionLogs) {
    this.threads = threads;
    this.logs = logs;
  }

  /** The functions there are from now on. */
  serve(functions: FunctionInfo[]): void {
    this.functions = new Map(functions.map((info) => [info.path, info]));
  }

  get functionCount(): number {
    return this.functions.size;
  }

  async call(request: CallRequest): Promise<Outcome> {
    const found = this.find(request);
    if ("ok" in found) return found;
    const call = callOf(request);
    const outcome = await this.run(found.kind, call);
    this.logs.add(call.path, outcome);
    return outcome;
  }

  /** A mutation over WebSocket, which runs once however often its session sends it. */
  async mutate(request: CallRequest, origin: SessionRequest | null): Promise<MutationOutcome> {
    const found = this.find({ ...request, kind: "Mutation" });
    if ("ok" in found) return { ...found, ts: null };
    const call = callOf(request);
    const outcome = await this.threads.writer.request("mutation", { call, origin });
    this.logs.add(call.path, outcome);
    return outcome;
  }

  /** Runs a client's mutation and undoes it, as Convex does with one that has lost a race. */
  async rehearse(request: CallRequest): Promise<void> {
    const found = this.find(request);
    if ("ok" in found || found.kind !== "Mutation") return;
    await this.threads.writer.request("rehearse", { call: callOf(request) });
  }

  kindOf(path: string): FunctionKind | undefined {
    return this.functions.get(path)?.kind;
  }

  /** How a live query fails without being run; null when it can be. */
  refuse(request: CallRequest): Outcome | null {
    if (request.allowInternal && isSystem(request.path) && systemKind(request.path) === "Query") return null;
    const found = this.find(request);
    return "ok" in found ? found : null;
  }

  async watch(request: CallRequest, watch: number, journal: string | null): Promise<LiveResult> {
    const call = callOf(request);
    const result = await this.threads.writer.request("watch", { call, watch, journal });
    this.logs.add(request.path, result.outcome);
    return result;
  }

  unwatch(watch: number): void {
    void this.threads.writer.request("unwatch", { watch });
  }

  /** Pins the latest state for queries that must agree with each other. */
  async snapshotTs(): Promise<bigint> {
    return (await this.threads.snapshotReader()).request("pin", {});
  }

  async queryAt(request: CallRequest, ts: bigint): Promise<SnapshotOutcome> {
    const found = this.find(request);
    if ("ok" in found) return found;
    const call = callOf(request);
    const { writer, snapshotReader } = this.threads;
    let outcome = await (await snapshotReader()).request("query", { call, ts });
    // Without a pin the timestamp may still be the latest one, which the writer serves.
    if (outcome === "out of retention") outcome = await writer.request("query", { call, ts });
    if (outcome !== "out of retention") {
      this.logs.add(call.path, outcome);
      return outcome;
    }
    return ts > (await writer.request("latest", {})) ? "ahead of the deployment" : outcome;
  }

  httpAction(request: HttpActionRequest): Promise<HttpActionReply | { unrouted: string }> {
    return this.threads.actions.http(request);
  }

  /** Runs a scheduled function or a cron job, and settles it. */
  async runJob({ id, path, args, kind }: DueJob): Promise<void> {
    const call = { path, args, identity: null, requestId: newRequestId() };
    const outcome = await this.runDue(id, kind, call);
    this.logs.add(path, outcome);
    const error = outcome.ok ? null : outcome.error;
    if (id !== null) await this.threads.writer.request("settleJob", { id, error });
  }

  private async runDue(id: string | null, kind: FunctionKind | null, call: FunctionCall): Promise<Outcome> {
    if (kind === "Mutation" && id !== null) return this.threads.writer.request("runJob", { id, call });
    return kind === null ? failed(notFoundText(call.path, "any")) : this.run(kind, call);
  }

  private async run(kind: FunctionKind, call: FunctionCall): Promise<Outcome> {
    const { writer } = this.threads;
    switch (kind) {
      case "Query":
        return (await writer.request("query", { call, ts: null })) as Outcome;
      case "Mutation":
        return writer.request("mutation", { call, origin: null });
      case "Action":
        return this.runAction(call);
    }
  }

  private runAction(call: FunctionCall): Promise<Outcome> | Outcome {
    const runtime = this.functions.get(call.path)?.runtime ?? "default";
    const size = Buffer.byteLength(call.args);
    if (runtime === "node" && size > MOST_NODE_ARGUMENTS) {
      return tooLarge(call.path, size, MOST_NODE_ARGUMENTS);
    }
    return this.threads.actions.run(call, runtime);
  }

  /** The function that may be called, or how the call fails. */
  private find({ path, kind, allowInternal }: CallRequest): FunctionInfo | ReturnType<typeof failed> {
    const found = this.functions.get(path);
    if (found === undefined || !(found.isPublic || allowInternal)) {
      return failed(notFoundText(path, kind === null ? "any" : "public"));
    }
    return kind !== null && found.kind !== kind ? failed(wrongKindText(path, kind, found.kind)) : found;
  }
}

/** Without what only concerns the look-up. */
function callOf({ path, args, identity, requestId }: CallRequest): FunctionCall {
  return { path, args, identity, requestId };
}
