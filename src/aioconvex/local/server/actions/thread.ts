// The main thread's handle on one action worker, which runs one version of the code until it is lost or not needed.
import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import type { Worker } from "node:worker_threads";
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
import { Failure, reportOf } from "../failure.ts";
import { HttpError } from "../http/reply.ts";
import { endText, MemoryGuard } from "../memory.ts";
import type { FunctionInfo } from "../project/functions.ts";
import { startWorker } from "../workers.ts";

const WATCH_INTERVAL_MS = 100;

/** What a thread needs of the rest of the deployment. */
export interface ActionHost {
  /** How long an action may take, in milliseconds. */
  timeLimit: number;
  /** Answers what actions ask. */
  respond(question: ActionQuestion): Promise<ActionAnswer>;
  logged(path: string, lines: { logLines: string[] }): void;
  /** The thread takes no more calls. */
  ended(thread: ActionThread): void;
}
interface Pending {
  name: ActionRequest["name"];
  resolve: (result: ActionResult) => void;
  reject: (error: Error) => void;
}

export class ActionThread {
  private readonly settleLoading = Promise.withResolvers<FunctionInfo[]>();
  /** The functions of its version. */
  readonly loaded = this.settleLoading.promise;
  private readonly host: ActionHost;
  private readonly worker: Worker;
  private readonly memory: MemoryGuard;
  private readonly pending = new Map<number, Pending>();
  private readonly bodies = new Set<Readable>();
  private watching: NodeJS.Timeout | undefined;
  private loading = true;
  private lastJob = 0;
  private retired = false;
  private over = false;

  constructor(data: ActionData, host: ActionHost) {
    this.host = host;
    // Whoever only wants to run something hears of it by another way.
    this.loaded.catch(() => undefined);
    const env = data.runtime === "node" ? data.environment : {};
    this.worker = startWorker(new URL("./worker.ts", import.meta.url), data, env);
    this.worker.on("message", (message: FromActionWorker) => this.receive(message));
    this.worker.on("error", (error) => this.end(endText(error)));
    this.worker.on("exit", () => this.end("The action ended its own thread."));
    this.memory = new MemoryGuard(this.worker);
    this.watch();
    const late = setTimeout(() => this.end(timeText("Loading timed out", LOADING_TIME_MS)), LOADING_TIME_MS);
    void this.loaded.catch(() => undefined).finally(() => clearTimeout(late));
  }

  /** How much it has to do. */
  get busy(): number {
    return this.pending.size + this.bodies.size;
  }

  async run(call: FunctionCall): Promise<Outcome> {
    const stop = this.startLimit();
    try {
      return (await this.request({ name: "run", call })) as Outcome;
    } finally {
      stop();
    }
  }

  /** Runs an HTTP action; `body` of the outcome ends with an error if the worker is lost. */
  async http(request: HttpActionRequest): Promise<HttpActionReply | { unrouted: string }> {
    const stop = this.startLimit();
    try {
      const outcome = (await this.request({ name: "http", ...request })) as HttpActionOutcome;
      if ("unrouted" in outcome || outcome.body === null) {
        stop();
        return outcome as HttpActionReply;
      }
      return { ...outcome, body: this.keep(Readable.fromWeb(outcome.body as WebStream), stop) };
    } catch (error) {
      stop();
      throw error;
    }
  }

  /** Ends it as soon as it has nothing to do. */
  retire(): void {
    this.retired = true;
    this.endIfIdle();
  }

  /** Gives the worker up, with everything in it; actions are never repeated. */
  end(text: string): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.watching);
    this.host.ended(this);
    void this.worker.terminate();
    this.settleLoading.reject(new Failure("AnalyzeFailed", `The modules did not finish loading: ${text}`));
    for (const body of this.bodies) body.destroy(new Error(text));
    for (const { name, resolve, reject } of this.pending.values()) {
      if (name === "run") resolve(failed(text));
      else reject(new HttpError(500, "ActionLost", text));
    }
    this.pending.clear();
  }

  private endIfIdle(): void {
    if (this.retired && this.busy === 0) this.end("The deployment has newer code.");
  }

  /** Gives one action its time, which begins when its modules have loaded; returns what ends that. */
  private startLimit(): () => void {
    const { timeLimit } = this.host;
    const text = timeText("Function execution timed out", timeLimit);
    let timer: NodeJS.Timeout | undefined;
    let stopped = false;
    void this.loaded
      .then(() => stopped || (timer = setTimeout(() => this.end(text), timeLimit)))
      .catch(() => undefined);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }

  /** Looks after its memory for as long as it has something to do. */
  private watch(): void {
    this.watching ??= setInterval(() => void this.watchMemory(), WATCH_INTERVAL_MS);
  }

  private async watchMemory(): Promise<void> {
    if (this.busy === 0 && !this.loading) {
      clearInterval(this.watching);
      this.watching = undefined;
    } else if (await this.memory.exceeded()) this.end(endText("memory"));
  }

  /** A body whose worker is lost would otherwise never end. */
  private keep(body: Readable, stop: () => void): Readable {
    this.bodies.add(body);
    body.once("close", () => {
      stop();
      this.bodies.delete(body);
      this.endIfIdle();
    });
    return body;
  }

  private request(request: ActionRequest): Promise<ActionResult> {
    return new Promise((resolve, reject) => {
      const job = ++this.lastJob;
      this.watch();
      this.pending.set(job, { name: request.name, resolve, reject });
      const body = request.name === "http" ? request.body : null;
      this.post({ job, ...request }, body === null ? [] : [body]);
    });
  }

  private post(message: ToActionWorker, transfer: ReadableStream[] = []): void {
    this.worker.postMessage(message, transfer as never);
  }

  private receive(message: FromActionWorker): void {
    if ("loaded" in message) {
      this.loading = false;
      return this.settleLoading.resolve(message.loaded);
    }
    if ("notLoaded" in message) {
      const { code, message: text } = message.notLoaded;
      this.settleLoading.reject(new Failure(code, text));
      return this.end(text);
    }
    if ("path" in message) return this.host.logged(message.path, message);
    if ("question" in message) return void this.answer(message.question, message.ask);
    const waiting = this.pending.get(message.job);
    this.pending.delete(message.job);
    if ("failure" in message) waiting?.reject(new Failure(message.failure.code, message.failure.message));
    else waiting?.resolve(message.result);
    // The body of a response is kept in the same turn.
    setImmediate(() => this.endIfIdle());
  }

  private async answer(question: number, asked: ActionQuestion): Promise<void> {
    let reply: ToActionWorker;
    try {
      reply = { question, answer: await this.host.respond(asked) };
    } catch (error) {
      reply = { question, failure: reportOf(error) };
    }
    // The asking worker may have ended meanwhile; its actions have failed already.
    if (!this.over) this.post(reply);
  }
}

function timeText(what: string, ms: number): string {
  return `${what} (maximum duration: ${ms / 1000}s)`;
}
