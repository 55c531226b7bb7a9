// All actions: which thread runs which, and the change from one version of the code to the next.
import type {
  ActionAnswer,
  ActionQuestion,
  HttpActionReply,
  HttpActionRequest,
  Version,
} from "./messages.ts";
import { ActionThread } from "./thread.ts";
import type { FunctionCall } from "../engine/execute.ts";
import type { Outcome } from "../engine/outcome.ts";
import type { FunctionInfo, Runtime } from "../project/functions.ts";

/** So many actions at once have a thread each, and end alone if they must be ended; more share them. */
const MOST_THREADS = 8;
const UNSERVED = "This version of the code is not served.";

export interface ActionsOptions {
  clock: SharedArrayBuffer;
  /** How long an action may take, in milliseconds. */
  timeLimits: Record<Runtime, number>;
  respond(question: ActionQuestion): Promise<ActionAnswer>;
  logged(path: string, lines: { logLines: string[] }): void;
}

/** The threads of one version in one runtime. */
class Threads {
  private readonly threads: ActionThread[] = [];
  private readonly start: (ended: (thread: ActionThread) => void) => ActionThread;

  constructor(start: (ended: (thread: ActionThread) => void) => ActionThread) {
    this.start = start;
  }

  /** The thread that has least to do. */
  take(): ActionThread {
    const free = this.threads.reduce<ActionThread | null>(
      (least, thread) => (least === null || thread.busy < least.busy ? thread : least),
      null,
    );
    if (free !== null && (free.busy === 0 || this.threads.length >= MOST_THREADS)) return free;
    const thread = this.start((ended) => this.threads.splice(this.threads.indexOf(ended), 1));
    this.threads.push(thread);
    return thread;
  }

  retire(): void {
    for (const thread of [...this.threads]) thread.retire();
  }

  end(text: string): void {
    for (const thread of [...this.threads]) thread.end(text);
  }
}

/** A version whose modules have been evaluated. */
export interface PreparedActions {
  threads: Record<Runtime, Threads>;
  /** Those of the Node runtime, which no other thread can evaluate. */
  nodeFunctions: FunctionInfo[];
}

export class Actions {
  private readonly options: ActionsOptions;
  private current: PreparedActions | undefined;

  constructor(options: ActionsOptions) {
    this.options = options;
  }

  /** Evaluates a version beside the current one, so that a bad one changes nothing. */
  async prepare(version: Version): Promise<PreparedActions> {
    const node = this.threads(version, "node", []);
    let others: Threads | undefined;
    try {
      const nodeFunctions = version.bundle.node === null ? [] : await node.take().loaded;
      others = this.threads(version, "default", nodeFunctions);
      // The first version has none beside it, and no thread until an action runs.
      if (this.current !== undefined) await others.take().loaded;
      return { threads: { default: others, node }, nodeFunctions };
    } catch (error) {
      for (const threads of [node, others]) threads?.end(UNSERVED);
      throw error;
    }
  }

  /** Runs what is called from now on in `prepared`; what runs goes on. */
  use(prepared: PreparedActions): void {
    for (const each of Object.values(this.current?.threads ?? {})) each.retire();
    this.current = prepared;
  }

  discard({ threads }: PreparedActions): void {
    for (const each of Object.values(threads)) each.end(UNSERVED);
  }

  run(call: FunctionCall, runtime: Runtime): Promise<Outcome> {
    return this.current!.threads[runtime].take().run(call);
  }

  http(request: HttpActionRequest): Promise<HttpActionReply | { unrouted: string }> {
    return this.current!.threads.default.take().http(request);
  }

  close(): void {
    for (const each of Object.values(this.current?.threads ?? {})) each.end("The deployment has stopped.");
  }

  private threads(version: Version, runtime: Runtime, elsewhere: FunctionInfo[]): Threads {
    const { clock, timeLimits, respond, logged } = this.options;
    const timeLimit = timeLimits[runtime];
    const data = { ...version, clock, runtime, elsewhere };
    return new Threads((ended) => new ActionThread(data, { timeLimit, respond, logged, ended }));
  }
}
