// The main thread's handle on an engine worker: requests, the watchdog, and a fresh worker when one is lost.
import type { Worker } from "node:worker_threads";
import type {
  CallUsage,
  Commit,
  EngineData,
  EngineReply,
  EngineRequestName,
  EngineRequests,
  LiveResult,
} from "./messages.ts";
import { failed } from "./outcome.ts";
import { LOADING_TIME_MS, newCells, Watchdog } from "./stopwatch.ts";
import { Failure, type FailureReport } from "../failure.ts";
import { endText, MemoryGuard } from "../memory.ts";
import { startWorker } from "../workers.ts";

const WATCH_INTERVAL_MS = 50;
const READING: ReadonlySet<string> = new Set<EngineRequestName>(["query", "watch"]);
/** Whoever asks for these can be told of a failure as of any other outcome. */
const CALLS: ReadonlySet<string> = new Set<EngineRequestName>([
  "query",
  "watch",
  "mutation",
  "rehearse",
  "runJob",
  "storage",
  "schedule",
  "vectorSearch",
  "system",
]);

/** Hears what jobs have done before their requests are answered. */
export interface EngineListener {
  committed?: (commit: Commit) => void;
  ran: (usage: CallUsage) => void;
}

interface Pending {
  name: EngineRequestName;
  params: object;
  resolve: (result: never) => void;
  reject: (error: Error) => void;
}

export class EngineThread {
  private readonly data: Omit<EngineData, "cells">;
  private watchdog = new Watchdog(newCells());
  private readonly pending = new Map<number, Pending>();
  private worker: Worker | undefined;
  private memory: MemoryGuard | undefined;
  private measuredJob = 0;
  private lastJob = 0;
  private timer: NodeJS.Timeout | undefined;
  private restarting = false;
  private closed = false;
  /** Why there is no worker any more, and none can be started. */
  private lost: Error | null = null;
  /** The request that brings a fresh worker to where the lost one was. */
  private reload: EngineRequests["load"]["params"] | null = null;
  private readonly listener: EngineListener;

  constructor(data: Omit<EngineData, "cells">, listener: EngineListener) {
    this.data = data;
    this.listener = listener;
  }

  /** Starts the worker; fails if it cannot open its data. */
  async start(): Promise<void> {
    // A lost worker may still be on its way out, and must not be taken for this one.
    const cells = newCells();
    const worker = startWorker(new URL("./worker.ts", import.meta.url), { ...this.data, cells }, {});
    this.worker = worker;
    this.watchdog = new Watchdog(cells);
    this.memory = new MemoryGuard(worker);
    await new Promise<void>((resolve, reject) => {
      worker.on("message", (reply: EngineReply) => {
        if (reply.job !== 0) return this.settle(reply);
        if ("failure" in reply) reject(toError(reply.failure));
        else resolve();
      });
      worker.on("error", (error) => {
        reject(error);
        if (this.worker === worker && !this.restarting) void this.replace(worker, endText(error));
      });
    });
  }

  request<Name extends EngineRequestName>(
    name: Name,
    params: EngineRequests[Name]["params"],
  ): Promise<EngineRequests[Name]["result"]> {
    return new Promise((resolve, reject) => {
      if (this.lost !== null) return reject(this.lost);
      const job = ++this.lastJob;
      this.pending.set(job, { name, params, resolve, reject });
      this.timer ??= setInterval(() => this.watch(), WATCH_INTERVAL_MS);
      if (!this.restarting) this.worker!.postMessage({ job, name, params });
    });
  }

  /** Loads a bundle, which a replacement worker will then load too. */
  async load(params: EngineRequests["load"]["params"]): Promise<EngineRequests["load"]["result"]> {
    const result = await this.request("load", params);
    this.reload = { ...params, deploy: false };
    return result;
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.lost === null) await this.request("close", {});
    await this.worker!.terminate();
  }

  private settle(reply: EngineReply): void {
    if (reply.commit !== null) this.listener.committed?.(reply.commit);
    if (reply.usage !== null) this.listener.ran(reply.usage);
    const waiting = this.pending.get(reply.job);
    if (waiting === undefined) return;
    this.pending.delete(reply.job);
    if (this.pending.size === 0) this.stopWatching();
    if ("failure" in reply) waiting.reject(toError(reply.failure));
    else waiting.resolve(reply.result as never);
  }

  private stopWatching(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private watch(): void {
    if (this.restarting || !this.watchdog.isInterruptible) return;
    if (!this.watchdog.isOverdue) return void this.watchMemory();
    const loading = this.pending.get(this.watchdog.runningJob())?.name === "load";
    const seconds = (loading ? LOADING_TIME_MS : this.data.timeLimit) / 1000;
    this.condemn(`Function execution timed out (maximum duration: ${seconds}s)`);
  }

  private async watchMemory(): Promise<void> {
    const [job, worker] = [this.watchdog.runningJob(), this.worker];
    if (job !== this.measuredJob) this.memory!.restart();
    this.measuredJob = job;
    if (!(await this.memory!.exceeded())) return;
    if (this.worker === worker && this.watchdog.runningJob() === job) this.condemn(endText("memory"));
  }

  private condemn(text: string): void {
    if (!this.restarting && this.watchdog.condemn()) void this.replace(this.worker!, text);
  }

  /** Ends the running job with `text` and gives every other job to a fresh worker. */
  private async replace(worker: Worker, text: string): Promise<void> {
    if (this.closed) return this.giveUp(new Error(text));
    this.restarting = true;
    const lost = this.watchdog.runningJob();
    const onlyReads = READING.has(this.pending.get(lost)?.name ?? "");
    const ended = worker.terminate();
    this.fail(lost, text);
    // One that writes holds a lock until it has ended, which takes as long as a built-in that it has called.
    if (!onlyReads) await ended;
    try {
      await this.start();
      this.restarting = false;
      this.resend();
    } catch (error) {
      this.giveUp(new Error(`The engine could not be started again: ${(error as Error).message}`));
    }
  }

  private giveUp(reason: Error): void {
    this.lost = reason;
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
    this.stopWatching();
  }

  /** The reload goes first, so that the waiting jobs find the program they were meant for. */
  private resend(): void {
    const waiting = [...this.pending];
    if (this.reload !== null) this.request("load", this.reload).catch(reportReload);
    for (const [job, { name, params }] of waiting) this.worker!.postMessage({ job, name, params });
  }

  private fail(job: number, text: string): void {
    const waiting = this.pending.get(job);
    if (waiting === undefined) return;
    this.pending.delete(job);
    const { name, resolve, reject } = waiting;
    if (name === "load")
      return reject(new Failure("AnalyzeFailed", `The modules did not finish loading: ${text}`));
    if (!CALLS.has(name)) return reject(new Error(text));
    const outcome = failed(text);
    const result: LiveResult = { outcome, journal: null, readsIdentity: true, interrupted: true };
    resolve((name === "watch" ? result : { ...outcome, ts: null }) as never);
  }
}

function reportReload(error: Error): void {
  process.stderr.write(`The functions could not be loaded again: ${error.message}\n`);
}

function toError(report: FailureReport): Error {
  return new Failure(report.code, report.message);
}
