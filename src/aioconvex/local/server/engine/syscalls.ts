// npm convex's syscalls inside queries and mutations: names and JSON shapes are its, behaviour is ours.
import type { CursorSealer } from "./cursors.ts";
import { type FileContext, fileSyscall } from "./fileStorage.ts";
import { currentFrame, type Frame } from "./frame.ts";
import { jobSyscall } from "./jobs.ts";
import { commonMetadata, unsupported } from "./metadata.ts";
import { page, type PageRequest } from "./paginate.ts";
import { type QueryDescription, QueryStream } from "./query.ts";
import type { NestedCall } from "./references.ts";
import type { Stopwatch } from "./stopwatch.ts";
import type { Transaction } from "./transaction.ts";
import type { Program } from "../project/program.ts";
import { Failure } from "../failure.ts";
import { BY_CREATION_TIME } from "../storage/databaseIndex.ts";
import { dataFailure } from "../storage/disk.ts";
import { countRows } from "../storage/rows.ts";
import { int64 } from "../values/json.ts";
import { KEY_END, KEY_START } from "../values/keys.ts";

export interface SyscallContext extends FileContext {
  stopwatch: Stopwatch;
  sealer: CursorSealer;
  dataPath: string;
  program: () => Program;
  runNested: (frame: Frame, call: NestedCall) => Promise<string>;
}

/** The `Convex` global for the transaction worker. */
export function convexGlobal(context: SyscallContext): object {
  return {
    syscall: (operation: string, args: string) =>
      context.stopwatch.exempt(() => synchronous(currentFrame(), operation, args)),
    asyncSyscall: async (operation: string, args: string) => {
      let frame = currentFrame();
      // A nested mutation is a savepoint: nothing else of its caller may write in between.
      while (frame.nested !== null) {
        await frame.nested.settled;
        frame = currentFrame();
      }
      if (operation === "1.0/runUdf") return context.runNested(frame, JSON.parse(args) as NestedCall);
      const perform = () => dispatch(context, frame, operation, args);
      return context.stopwatch.exempt(() => whileSound(context, frame, perform));
    },
    jsSyscall: async (operation: string) => {
      throw unsupported(operation);
    },
  };
}

/** After a failure of the data or its disk nothing of the transaction goes on. */
function whileSound<T>({ dataPath }: SyscallContext, { transaction }: Frame, work: () => T): T {
  if (transaction.failure !== null) throw transaction.failure;
  try {
    return work();
  } catch (error) {
    const failure = dataFailure(error, dataPath);
    if (failure instanceof Failure) transaction.failure = failure;
    throw failure;
  }
}

function synchronous(frame: Frame, operation: string, text: string): string {
  const args = JSON.parse(text);
  switch (operation) {
    case "1.0/queryStream": {
      const queryId = ++frame.lastStream;
      frame.streams.set(queryId, new QueryStream(frame.transaction, args.query as QueryDescription));
      return JSON.stringify({ queryId });
    }
    case "1.0/queryCleanup":
      frame.streams.delete(args.queryId);
      return "{}";
    case "1.0/db/normalizeId":
      return JSON.stringify({ id: frame.transaction.normalizeId(args.table, args.idString) });
    case "1.0/getSnapshotTs":
      return JSON.stringify(int64(frame.transaction.ts));
    default:
      throw new Error(`Unknown operation ${operation} (not known to the local deployment)`);
  }
}

function dispatch(context: SyscallContext, frame: Frame, operation: string, text: string): string {
  const args = JSON.parse(text);
  switch (operation) {
    case "1.0/queryStreamNext": {
      const doc = frame.streams.get(args.queryId)?.next() ?? null;
      return doc === null ? '{"value":null,"done":true}' : `{"value":${doc},"done":false}`;
    }
    case "1.0/get":
      return frame.transaction.get(args, args.isSystem);
    case "1.0/queryPage":
      return nextPage(context, frame, args as PageRequest);
    case "1.0/count":
      return JSON.stringify(count(frame, args.table));
    case "1.0/insert":
      return JSON.stringify({ _id: writing(frame).insert(args.table, args.value) });
    case "1.0/shallowMerge":
      writing(frame).patch(args, args.value);
      return "{}";
    case "1.0/replace":
      writing(frame).replace(args, args.value);
      return "{}";
    case "1.0/remove":
      writing(frame).remove(args);
      return "{}";
    default:
      return (
        fileSyscall(context, frame.transaction, operation, args) ??
        jobSyscall(frame.transaction, context.program(), operation, args) ??
        metadata(frame, operation, args)
      );
  }
}

function nextPage({ sealer }: SyscallContext, frame: Frame, request: PageRequest): string {
  if (frame.paginated) {
    throw new Error(
      "This query or mutation function ran multiple paginated queries. Convex only supports a single paginated query in each function.",
    );
  }
  frame.paginated = true;
  const { journal } = frame;
  const endCursor = request.endCursor ?? journal?.given ?? null;
  const { text, continueCursor } = page(frame.transaction, sealer, { ...request, endCursor });
  if (journal !== null) journal.made = continueCursor;
  return text;
}

function count({ transaction }: Frame, tableName: string): number {
  const all = { index: `${tableName}.${BY_CREATION_TIME}`, low: KEY_START, high: KEY_END };
  transaction.reads?.add({ covered: () => all });
  const table = transaction.view.catalog.table(tableName);
  return table === undefined ? 0 : countRows(transaction.view, table);
}

/** Queries inside a mutation share its transaction, but not what it may do. */
function writing({ kind, transaction }: Frame): Transaction {
  if (kind !== "Mutation") throw new Error("Queries cannot write to the database.");
  return transaction;
}

function metadata(frame: Frame, operation: string, args: NestedCall): string {
  const { usage } = frame.transaction;
  switch (operation) {
    case "1.0/getUserIdentity":
      frame.request.readsIdentity = true;
      return JSON.stringify(frame.request.identity);
    case "1.0/getTransactionMetrics":
      return JSON.stringify(usage.metrics());
    default:
      return commonMetadata(operation, args, { path: frame.path, requestId: frame.request.id });
  }
}
