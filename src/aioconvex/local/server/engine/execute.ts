// Running queries and mutations: validation, transactions, nested calls.
import { checkArguments, checkReturns } from "./checks.ts";
import { seededRandom } from "./environment.ts";
import { type Frame, frames, type Journal, newFrame, type Request } from "./frame.ts";
import {
  asSyscallError,
  describeThrown,
  type FunctionError,
  FunctionFailure,
  type MutationOutcome,
  type Outcome,
} from "./outcome.ts";
import type { CallUsage } from "./messages.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { calledFunction, type NestedCall } from "./references.ts";
import { Transaction } from "./transaction.ts";
import { ReadSet } from "../live/readSet.ts";
import { canonicalPath, notFoundText, wrongKindText } from "../project/functions.ts";
import type { Program, UserFunction } from "../project/program.ts";
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

const STUCK = "Returned promise will never resolve";

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

  query(job: number, call: FunctionCall, view: View, ts: bigint): Promise<Outcome> {
    const transaction = this.transaction(view, null, ts);
    return this.outcomeOf(job, newFrame(newRequest(call), call.path, "Query", transaction), call.args);
  }

  /** A query together with what its result depends on. */
  async watch(
    job: number,
    call: FunctionCall,
    given: string | null,
    store: Store,
  ): Promise<{ outcome: Outcome; journal: Journal; reads: ReadSet; readsIdentity: boolean }> {
    const request = newRequest(call);
    const reads = new ReadSet();
    const transaction = this.transaction(store, null, store.lastTs, reads);
    const journal = { given, made: null };
    const frame = { ...newFrame(request, call.path, "Query", transaction), journal };
    const outcome = await this.outcomeOf(job, frame, call.args);
    return { outcome, journal, reads, readsIdentity: request.readsIdentity };
  }

  private async outcomeOf(job: number, frame: Frame, args: string): Promise<Outcome> {
    const { logLines } = frame.request;
    this.stopwatch.start(job);
    try {
      return { ok: true, value: await this.runWhole(frame, args), logLines };
    } catch (error) {
      return { ok: false, error: this.describe(error), logLines };
    } finally {
      this.stopwatch.stop();
      this.report(frame);
    }
  }

  private report({ path, kind, transaction }: Frame): void {
    const { databaseQueries: rangesRead, ...counts } = transaction.usage.counts;
    this.onRun({ path, kind, rangesRead, ...counts });
  }

  /** `record` writes about a success in the same transaction. */
  async mutation(
    job: number,
    call: FunctionCall,
    store: Store,
    record: ((ts: bigint, outcome: Outcome) => void) | null,
  ): Promise<MutationOutcome> {
    const request = newRequest(call);
    const ts = store.begin();
    const transaction = this.transaction(store, store, ts);
    const frame = newFrame(request, call.path, "Mutation", transaction);
    this.stopwatch.start(job);
    let value: string;
    try {
      value = await this.runWhole(frame, call.args);
    } catch (error) {
      this.stopwatch.stop();
      this.report(frame);
      store.rollback();
      return { ok: false, error: this.describe(error), logLines: request.logLines, ts: null };
    }
    // From here on nothing can interrupt: what is committed is answered, what is not is not.
    this.stopwatch.stop();
    this.report(frame);
    const outcome: Outcome = { ok: true, value, logLines: request.logLines };
    const changed = transaction.revision > 0 || record !== null;
    if (changed) commit(store, ts, () => record?.(ts, outcome));
    else store.rollback();
    return { ...outcome, ts: store.lastTs };
  }

  /** Runs a function that nobody called from within another one. Nothing it leaves behind reads or writes later. */
  private async runWhole(frame: Frame, args: string): Promise<string> {
    try {
      return await this.stopwatch.settled(this.run(frame, args), new FunctionFailure({ message: STUCK }));
    } finally {
      frame.transaction.closed = true;
    }
  }

  /** A `ctx.runQuery` or `ctx.runMutation` inside the caller's transaction. */
  async nested(frame: Frame, call: NestedCall): Promise<string> {
    const isMutation = call.udfType === "mutation";
    if (isMutation && frame.kind !== "Mutation") throw new Error("Queries cannot run mutations.");
    const path = canonicalPath(calledFunction(call));
    const declared = this.program.declared.get(path ?? "");
    if (declared === undefined) throw new Error(notFoundText(path ?? calledFunction(call), "any"));
    const kind = isMutation ? "Mutation" : "Query";
    if (declared.kind !== kind) throw new Error(wrongKindText(declared.path, kind, declared.kind));
    const found = this.program.functions.get(declared.path)!;
    const running =
      call.udfType === "snapshotQuery"
        ? this.runStale(frame, found, call)
        : this.runInside(frame, found, kind, call);
    // The caller's next syscalls wait on this; its outcome is the caller's business, not theirs.
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    frame.nested = settled;
    try {
      return await running;
    } catch (error) {
      throw asSyscallError(this.describe(error));
    } finally {
      frame.nested = null;
    }
  }

  private async runInside(
    caller: Frame,
    called: UserFunction,
    kind: Frame["kind"],
    call: NestedCall,
  ): Promise<string> {
    const frame = newFrame(caller.request, called.path, kind, caller.transaction);
    const args = JSON.stringify([call.args]);
    const raise = frame.transaction.usage.lower(call.transactionLimits);
    const savepoint = kind === "Query" ? null : caller.transaction.savepoint();
    try {
      const value = await this.run(frame, args);
      savepoint?.release();
      return value;
    } catch (error) {
      savepoint?.rollback();
      throw error;
    } finally {
      raise();
    }
  }

  /** `useStaleSnapshot`: a second connection, which sees the last commit and not the pending writes. */
  private async runStale(caller: Frame, called: UserFunction, call: NestedCall): Promise<string> {
    const snapshot = openSnapshot(this.dataPath);
    try {
      const transaction = this.transaction(snapshot, null, snapshot.ts, caller.transaction.reads);
      transaction.usage.lower(call.transactionLimits);
      return await this.run(
        newFrame(caller.request, called.path, "Query", transaction),
        JSON.stringify([call.args]),
      );
    } finally {
      snapshot.connection.close();
    }
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
      frame.finished = true;
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

function newRequest({ requestId, identity }: FunctionCall): Request {
  return { id: requestId, identity, logLines: [], random: seededRandom(), readsIdentity: false };
}

/** Commits a mutation together with what is recorded about it. */
function commit(store: Store, ts: bigint, record: () => void): void {
  try {
    record();
  } catch (error) {
    store.rollback();
    throw error;
  }
  store.commit(ts);
}

function resolveCommitTs(value: string, ts: bigint): string {
  return value.includes('"$commitTs"') ? JSON.stringify(withCommitTs(JSON.parse(value) as Json, ts)) : value;
}
