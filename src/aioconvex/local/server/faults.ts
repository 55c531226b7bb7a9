// Faults that a test asks for, of which clients must make the best: nothing of this happens by itself.
import { setTimeout } from "node:timers/promises";
import { HttpError } from "./http/reply.ts";

/** What happens to the next calls of a function. */
export interface CallFault {
  path: string;
  /** For how many calls. */
  times: number;
  delayMs: number;
  /** How often a mutation runs and is undone before that. */
  undone: number;
  /** How the call ends instead of with its result; null for the result. */
  instead: "drop" | HttpError | null;
  /** Whether the function runs nevertheless, and commits what it writes. */
  runs: boolean;
}

/** The connection ends without an answer. */
export class Dropped extends Error {}

/** A sync connection, as far as faults concern it. */
export interface Disturbed {
  closeWith(code: number, reason: string): void;
  refuseIdentity(reason: string, attempted: boolean): void;
}

export class Faults {
  readonly sessions = new Set<Disturbed>();
  /** The largest part of a transition, sent in parts to every client; null for what is usual. */
  chunkBytes: number | null = null;
  private calls: CallFault[] = [];
  private held: { over: Promise<void>; end: () => void } | null = null;

  add(fault: CallFault): void {
    this.calls.push(fault);
  }

  /** Runs a call as the first fault that is left for its function will have it. */
  async around<T>(path: string, run: () => Promise<T>, rehearse: () => Promise<void>): Promise<T> {
    const fault = this.take(path);
    if (fault === undefined) return run();
    await setTimeout(fault.delayMs);
    for (let undone = 0; undone < fault.undone; undone++) await rehearse();
    const result = fault.runs ? await run() : null;
    if (fault.instead === "drop") throw new Dropped();
    if (fault.instead !== null) throw fault.instead;
    return result as T;
  }

  private take(path: string): CallFault | undefined {
    const fault = this.calls.find((fault) => fault.path === path);
    if (fault !== undefined && --fault.times === 0) this.calls.splice(this.calls.indexOf(fault), 1);
    return fault;
  }

  /** Keeps transitions back until `release`. */
  hold(): void {
    if (this.held !== null) return;
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    this.held = { over, end };
  }

  release(): void {
    this.held?.end();
    this.held = null;
  }

  /** Resolves when transitions may be sent. */
  async released(): Promise<void> {
    while (this.held !== null) await this.held.over;
  }

  /** Nothing is out of order any more. */
  clear(): void {
    this.calls = [];
    this.chunkBytes = null;
    this.release();
  }
}
