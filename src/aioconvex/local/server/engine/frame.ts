// One running function. Syscalls find theirs through the async context, however calls interleave.
import { AsyncLocalStorage } from "node:async_hooks";
import type { QueryStream } from "./query.ts";
import type { Transaction } from "./transaction.ts";
import type { JsonObject } from "../values/json.ts";

/** What a whole request shares, nested calls included. */
export interface Request {
  id: string;
  identity: JsonObject | null;
  logLines: string[];
  random: () => number;
  readsIdentity: boolean;
}

/** Fixes the end of a live query's page, so that the page neither gaps nor overlaps when it is read again. */
export interface Journal {
  given: string | null;
  made: string | null;
}

export interface Frame {
  request: Request;
  path: string;
  kind: "Query" | "Mutation";
  transaction: Transaction;
  streams: Map<number, QueryStream>;
  lastStream: number;
  paginated: boolean;
  /** Only of live queries themselves, not of queries they call. */
  journal: Journal | null;
  /** The nested call in progress: the frame's other syscalls wait for it, and the frame's end undoes it. */
  nested: { settled: Promise<unknown>; abandon: () => void } | null;
  /** How many calls this one is nested in. */
  depth: number;
  finished: boolean;
}

export const frames = new AsyncLocalStorage<Frame>();

export function newFrame(
  request: Request,
  path: string,
  kind: Frame["kind"],
  transaction: Transaction,
  depth = 0,
): Frame {
  return {
    request,
    path,
    kind,
    transaction,
    streams: new Map(),
    lastStream: 0,
    paginated: false,
    journal: null,
    nested: null,
    depth,
    finished: false,
  };
}

/** Nothing that the function has left behind reads or writes from here on. */
export function endFrame(frame: Frame): void {
  frame.finished = true;
  frame.nested?.abandon();
}

export function currentFrame(): Frame {
  const frame = frames.getStore();
  if (frame === undefined) throw new Error("Convex functions cannot be used while modules are loading.");
  if (frame.finished || frame.transaction.closed)
    throw new Error(`The function ${frame.path} has already returned; await everything it starts.`);
  return frame;
}
