// Running queries and mutations: validation, transactions, nested calls.
import { checkArguments, checkReturns } from "./checks.ts";
import { seededRandom } from "./environment.ts";
import { endFrame, type Frame, frames, type Journal, newFrame, type Request } from "./frame.ts";
import {
  asSyscallError,
  describeThrown,
  type FunctionError,
  FunctionFailure,
  type MutationOutcome,
  type Outcome,
} from "./outcome.ts";
import { type CallLimits, parseLimits } from "./limits.ts";
import type { CallUsage } from "./messages.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { calledFunction, type NestedCall } from "./references.ts";
import { Transaction } from "./transaction.ts";
import { Failure } from "../failure.ts";
import { ReadSet } from "../live/readSet.ts";
import { canonicalPath, notFoundText, wrongKindText } from "../project/functions.ts";
import type { Program } from "../project/program.ts";
import { dataFailure } from "../storage/disk.ts";
import type { View } from "../storage/rows.ts";
import { openSnapshot } from "../storage/snapshots.ts";
import type { Store } from "../storage/store.ts";
import { type Json, type JsonObject, withCommitTs } from "../values/json.ts";

/** A call as it reaches a worker; the function is known to exist and to be of the right kind. */
export interface FunctionCall {
  path: string;
  /** JSON text of the argument list. */
  args: string;
  identity: JsonObject | null;
  requestId: string;
}

const STUCK = new FunctionFailure({ message: "Returned promise will never resolve" });
const DEEPEST_CALL = 8;
const TOO_DEEP = "Cross component call depth limit exceeded. Do you have an infinite loop in your app?";

/** Where a nested call runs, and how it is left. */
interface Place {
  transaction: Transaction;
  leave: (succeeded: boolean) => void;
}

export class Executor {
  private readonly program: Program;
  private readonly dataPath: string;
  private readonly stopwatch: Stopwatch;
  private readonly onRun: (usage: CallUsage) => void;

  /** `onRun` hears of every call once it has ended. */
  constructor(program: Program, dataPath: string, stopwatch: Stopwatch, onRun: (usage: CallUsage) => void) {
    this.program = program;
    this.dataPath = dataPath;
    this.stopwatch = stopwatch;
    this.onRun = onRun;
  }

  query(call: FunctionCall, view: View, ts: bigint): Promise<Outcome> {
    const transaction = this.transaction(view, null, ts);
    return this.outcomeOf(newFrame(newRequest(call), call.path, "Query", transaction), call.args);
  }

  /** A query together with what its result depends on. */
  async watch(
    call: FunctionCall,
    given: string | null,
    store: Store,
  ): Promise<{ outcome: Outcome; journal: Journal; reads: ReadSet; readsIdentity: boolean }> {
    const request = newRequest(call);
    const reads = new ReadSet();
    const transaction = this.transaction(store, null, store.lastTs, reads);
    const journal = { given, made: null };
    const frame = { ...newFrame(request, call.path, "Query", transaction), journal };
    const outcome = await this.outcomeOf(frame, call.args);
    return { outcome, journal, reads, readsIdentity: request.readsIdentity };
  }

  /** Runs a function that nobody called from within another one. Nothing it leaves behind reads or writes later. */
  private async outcomeOf(frame: Frame, args: string): Promise<Outcome> {
    const { logLines } = frame.request;
    this.stopwatch.start();
    try {
      const value = await this.stopwatch.settled(this.run(frame, args), STUCK);
      return { ok: true, value, logLines };
    } catch (error) {
      return { ok: false, error: this.describe(error), logLines };
    } finally {
      frame.transaction.closed = true;
      this.stopwatch.stop();
      this.report(frame);
    }
  }

  private report({ path, kind, transaction }: Frame): void {
    const { databaseQueries: rangesRead, ...counts } = transaction.usage.counts;
    this.onRun({ path, kind, rangesRead, ...counts });
  }

  /** A mutation up to its commit, which does not come. */
  async rehearse(call: FunctionCall, store: Store): Promise<Outcome> {
    const transaction = this.transaction(store, store, store.begin());
    const frame = newFrame(newRequest(call), call.path, "Mutation", transaction);
    try {
      return await this.outcomeOf(frame, call.args);
    } finally {
      store.rollback();
    }
  }

  /** `record` writes about a success in the same transaction. */
  async mutation(
    call: FunctionCall,
    store: Store,
    record: ((ts: bigint, outcome: Outcome) => void) | null,
  ): Promise<MutationOutcome> {
    const ts = store.begin();
    const transaction = this.transaction(store, store, ts);
    const frame = newFrame(newRequest(call), call.path, "Mutation", transaction);
    const outcome = await this.outcomeOf(frame, call.args);
    // From here on nothing can interrupt: what is committed is answered, what is not is not.
    const changed = transaction.revision > 0 || record !== null;
    try {
      // SQLite may have undone the transaction already, which user code does not know.
      if (transaction.failure !== null) throw transaction.failure;
      if (outcome.ok && changed) store.commit(ts, () => record?.(ts, outcome));
      else store.rollback();
    } catch (error) {
      const failure = dataFailure(error, this.dataPath);
      if (!(failure instanceof Failure)) throw error;
      store.rollback();
      return { ok: false, error: { message: failure.message }, logLines: outcome.logLines, ts: null };
    }
    return { ...outcome, ts: outcome.ok ? store.lastTs : null };
  }

  /** A `ctx.runQuery` or `ctx.runMutation`. */
  async nested(caller: Frame, call: NestedCall): Promise<string> {
    const { path, kind } = this.nestedFunction(caller, call);
    const limits = parseLimits(call.transactionLimits);
    const place = call.udfType === "snapshotQuery" ? this.beside(limits) : inside(caller, kind, limits);
    const frame = newFrame(caller.request, path, kind, place.transaction, caller.depth + 1);
    let left = false;
    const leave = (succeeded: boolean): void => {
      if (left) return;
      left = true;
      endFrame(frame);
      place.leave(succeeded);
    };
    const running = this.run(frame, JSON.stringify([call.args]));
    // The caller's next syscalls wait on this; its outcome is the caller's business, not theirs.
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    caller.nested = { settled, abandon: () => leave(false) };
    try {
      const value = await running;
      leave(true);
      return value;
    } catch (error) {
      leave(false);
      throw asSyscallError(this.describe(error));
    } finally {
      caller.nested = null;
    }
  }

  private nestedFunction(caller: Frame, call: NestedCall): { path: string; kind: Frame["kind"] } {
    const kind = call.udfType === "mutation" ? "Mutation" : "Query";
    if (kind === "Mutation" && caller.kind !== "Mutation") throw new Error("Queries cannot run mutations.");
    if (caller.depth >= DEEPEST_CALL) throw new Error(TOO_DEEP);
    const path = canonicalPath(calledFunction(call));
    const declared = this.program.declared.get(path ?? "");
    if (declared === undefined) throw new Error(notFoundText(path ?? calledFunction(call), "any"));
    if (declared.kind !== kind) throw new Error(wrongKindText(declared.path, kind, declared.kind));
    return { path: declared.path, kind };
  }

  /** `useStaleSnapshot`: a second connection, which sees the last commit and not the pending writes. */
  private beside(limits: CallLimits): Place {
    const snapshot = openSnapshot(this.dataPath);
    const transaction = this.transaction(snapshot, null, snapshot.ts);
    transaction.usage.lower(limits);
    return { transaction, leave: () => snapshot.connection.close() };
  }

  private async run(frame: Frame, args: string): Promise<string> {
    const called = this.program.functions.get(frame.path);
    // A push may have removed the function after the call was accepted.
    if (called === undefined) throw new FunctionFailure({ message: notFoundText(frame.path, "any") });
    const { view, ts } = frame.transaction;
    checkArguments(called, args, view.catalog);
    try {
      const value = resolveCommitTs(await frames.run(frame, () => called.invoke(args)), ts);
      checkReturns(called, value, view.catalog);
      return value;
    } finally {
      endFrame(frame);
    }
  }

  private transaction(
    view: View,
    store: Store | null,
    ts: bigint,
    reads: ReadSet | null = null,
  ): Transaction {
    return new Transaction({ view, store, schema: this.program.schema, ts, now: Date.now(), reads });
  }

  private describe(error: unknown): FunctionError {
    return describeThrown(error, this.program.frames);
  }
}

/** In the caller's transaction, where a mutation can be undone by itself. */
function inside({ transaction }: Frame, kind: Frame["kind"], limits: CallLimits): Place {
  const raise = transaction.usage.lower(limits);
  const closeSavepoint = kind === "Mutation" ? transaction.savepoint() : () => {};
  const leave = (succeeded: boolean): void => {
    raise();
    closeSavepoint(succeeded);
  };
  return { transaction, leave };
}

function newRequest({ requestId, identity }: FunctionCall): Request {
  return { id: requestId, identity, logLines: [], random: seededRandom(), readsIdentity: false };
}

function resolveCommitTs(value: string, ts: bigint): string {
  return value.includes('"$commitTs"') ? JSON.stringify(withCommitTs(JSON.parse(value) as Json, ts)) : value;
}
