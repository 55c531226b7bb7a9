// The main thread's handle on the action worker.
import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import { Worker } from "node:worker_threads";
import type {
  ActionAnswer,
  ActionData,
  ActionQuestion,
  ActionRequest,
  ActionResult,
  FromActionWorker,
  HttpActionOutcome,
  HttpActionReply,
  HttpActionRequest,
  ToActionWorker,
} from "./messages.ts";
import type { FunctionCall } from "../engine/execute.ts";
import { failed, type Outcome } from "../engine/outcome.ts";
import { LOADING_TIME_MS } from "../engine/stopwatch.ts";
import { HttpError } from "../http/reply.ts";
import { printLogs } from "../printLogs.ts";
import { Failure, reportOf } from "../failure.ts";

const ACTION_TIME_MS = 10 * 60 * 1000;
const HEAP_LIMIT_MB = 1024;
const PING_INTERVAL_MS = 1000;
/** Longest that one action may keep the others from running by computing without a pause. */
const LONGEST_SILENCE_MS = 10_000;

interface Pending {
  name: ActionRequest["name"];
  resolve: (result: ActionResult) => void;
  reject: (error: Error) => void;
}

export class ActionThread {
  private readonly data: ActionData;
  private readonly respond: (question: ActionQuestion) => Promise<ActionAnswer>;
  private readonly pending = new Map<number, Pending>();
  private readonly bodies = new Set<Readable>();
  private worker: Worker | undefined;
  private lastJob = 0;
  private pinging: NodeJS.Timeout | undefined;
  private lastSign = 0;
  private prepared: Extract<ActionRequest, { name: "prepare" }> | undefined;
  private active: Extract<ActionRequest, { name: "prepare" }> | undefined;

  /** `respond` answers what actions ask of the rest of the deployment. */
  constructor(data: ActionData, respond: (question: ActionQuestion) => Promise<ActionAnswer>) {
    this.data = data;
    this.respond = respond;
  }

  start(): void {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: this.data,
      env: {},
      stdout: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
    });
    worker.stdout.pipe(process.stderr, { end: false });
    worker.on("message", (message: FromActionWorker) => this.receive(worker, message));
    worker.on("error", (error) => this.replace(worker, `The action was interrupted: ${error.message}`));
    this.worker = worker;
  }

  /** Evaluates a bundle beside the current one, so that a bad one changes nothing. */
  async prepare(bundle: Omit<Extract<ActionRequest, { name: "prepare" }>, "name">): Promise<void> {
    this.prepared = { name: "prepare", ...bundle };
    await this.within(LOADING_TIME_MS, "The modules did not finish loading", this.prepared);
  }

  async activate(): Promise<void> {
    await this.request({ name: "activate" });
    this.active = this.prepared;
  }

  async run(call: FunctionCall): Promise<Outcome> {
    return (await this.within(ACTION_TIME_MS, "Function execution timed out", {
      name: "run",
      call,
    })) as Outcome;
  }

  /** Runs an HTTP action; `body` of the outcome ends with an error if the worker is lost. */
  async http(request: HttpActionRequest): Promise<HttpActionReply | { unrouted: string }> {
    const outcome = (await this.within(ACTION_TIME_MS, "Function execution timed out", {
      name: "http",
      ...request,
    })) as HttpActionOutcome;
    if ("unrouted" in outcome) return outcome;
    return { ...outcome, body: outcome.body && this.keep(Readable.fromWeb(outcome.body as WebStream)) };
  }

  /** A body whose worker is lost would otherwise never end. */
  private keep(body: Readable): Readable {
    this.bodies.add(body);
    body.once("close", () => this.bodies.delete(body));
    return body;
  }

  async close(): Promise<void> {
    const worker = this.worker!;
    this.worker = undefined;
    await worker.terminate();
  }

  /** A worker that takes longer than it may is given up, with everything in it. */
  private async within(time: number, text: string, request: ActionRequest): Promise<ActionResult> {
    const worker = this.worker!;
    const timer = setTimeout(() => this.replace(worker, `${text} (maximum duration: ${time / 1000}s)`), time);
    try {
      return await this.request(request);
    } finally {
      clearTimeout(timer);
    }
  }

  private request(request: ActionRequest): Promise<ActionResult> {
    return new Promise((resolve, reject) => {
      const job = ++this.lastJob;
      this.pending.set(job, { name: request.name, resolve, reject });
      const body = request.name === "http" ? request.body : null;
      this.post({ job, ...request }, body === null ? [] : [body]);
      this.keepPinging();
    });
  }

  private keepPinging(): void {
    if (this.pinging !== undefined) return;
    this.lastSign = performance.now();
    this.pinging = setInterval(() => {
      if (this.pending.size === 0 || this.worker === undefined) {
        clearInterval(this.pinging);
        this.pinging = undefined;
      } else if (performance.now() - this.lastSign > LONGEST_SILENCE_MS) {
        this.replace(
          this.worker,
          `Action blocked all others (maximum duration: ${LONGEST_SILENCE_MS / 1000}s)`,
        );
      } else {
        this.post({ ping: true });
      }
    }, PING_INTERVAL_MS);
  }

  private post(message: ToActionWorker, transfer: ReadableStream[] = []): void {
    this.worker!.postMessage(message, transfer as never);
  }

  private receive(worker: Worker, message: FromActionWorker): void {
    this.lastSign = performance.now();
    if ("pong" in message) return;
    if ("path" in message) return printLogs(message.path, message);
    if ("question" in message) {
      void this.answer(worker, message.question, message.ask);
      return;
    }
    const waiting = this.pending.get(message.job);
    if (waiting === undefined) return;
    this.pending.delete(message.job);
    if ("failure" in message) waiting.reject(new Failure(message.failure.code, message.failure.message));
    else waiting.resolve(message.result);
  }

  private async answer(worker: Worker, question: number, asked: ActionQuestion): Promise<void> {
    let reply: ToActionWorker;
    try {
      reply = { question, answer: await this.respond(asked) };
    } catch (error) {
      reply = { question, failure: reportOf(error) };
    }
    // The asking worker may have been replaced meanwhile; its actions have failed already.
    if (this.worker === worker) this.post(reply);
  }

  /** Fails everything in flight and starts over; actions are never repeated. */
  private replace(worker: Worker, text: string): void {
    if (this.worker !== worker) return;
    void worker.terminate();
    const lost = [...this.pending.values()];
    this.pending.clear();
    this.lastSign = performance.now();
    this.start();
    if (this.active !== undefined) {
      void this.request(this.active);
      void this.request({ name: "activate" });
    }
    for (const body of this.bodies) body.destroy(new Error(text));
    for (const { name, resolve, reject } of lost) {
      if (name === "run") resolve(failed(text));
      else if (name === "http") reject(new HttpError(500, "ActionLost", text));
      else reject(new Failure("AnalyzeFailed", text));
    }
  }
}
