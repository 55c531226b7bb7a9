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
  /** Settles when the nested call in progress has; the frame's other syscalls wait for it. */
  nested: Promise<unknown> | null;
  finished: boolean;
}

export const frames = new AsyncLocalStorage<Frame>();

export function newFrame(
  request: Request,
  path: string,
  kind: Frame["kind"],
  transaction: Transaction,
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
    finished: false,
  };
}

export function currentFrame(): Frame {
  const frame = frames.getStore();
  if (frame === undefined) throw new Error("Convex functions cannot be used while modules are loading.");
  if (frame.finished || frame.transaction.closed)
    throw new Error(`The function ${frame.path} has already returned; await everything it starts.`);
  return frame;
}
