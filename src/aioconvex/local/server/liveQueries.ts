// Results of live queries, shared by everyone who watches the same query, and kept current by commits.
import type { CallRequest, FunctionRunner } from "./functionRunner.ts";
import type { Commit, LiveResult } from "./engine/messages.ts";
import type { Outcome } from "./engine/outcome.ts";

export interface Subscriber {
  /** The evaluation this subscriber holds has become out of date. */
  invalidated(): void;
}

/** One run of a query. It stays valid until a commit touches what it has read. */
export class Evaluation {
  readonly key: string;
  readonly requestId: string;
  /** The number under which the engine watches it. */
  readonly watch: number;
  readonly subscribers = new Set<Subscriber>();
  readonly done: Promise<void>;
  valid = true;
  /** Null while it is running. */
  result: LiveResult | null = null;
  private readonly identity: string;

  constructor(key: string, watch: number, request: CallRequest, running: Promise<LiveResult>) {
    this.key = key;
    this.watch = watch;
    this.requestId = request.requestId;
    this.identity = JSON.stringify(request.identity);
    this.done = running.then((result) => void (this.result = result));
  }

  serves(request: CallRequest): boolean {
    return this.result?.readsIdentity === false || this.identity === JSON.stringify(request.identity);
  }
}

export class LiveQueries {
  /** The latest commit heard of. Every valid evaluation that is done holds at this timestamp. */
  ts = 0n;
  private readonly runner: FunctionRunner;
  private readonly byKey = new Map<string, Evaluation[]>();
  private readonly byWatch = new Map<number, Evaluation>();
  private lastWatch = 0;

  constructor(runner: FunctionRunner) {
    this.runner = runner;
  }

  /** A finished evaluation with `subscriber` among its subscribers; a commit may have overtaken it meanwhile. */
  async evaluate(request: CallRequest, journal: string | null, subscriber: Subscriber): Promise<Evaluation> {
    const refusal = this.runner.refuse(request);
    const key = JSON.stringify([refusal === null, request.path, request.args, journal]);
    for (;;) {
      const evaluation = this.find(key, request) ?? this.start(key, request, journal, refusal);
      // Whether others may share a result depends on whether it turns out to have read the identity.
      if (!evaluation.serves(request)) {
        await evaluation.done;
        continue;
      }
      evaluation.subscribers.add(subscriber);
      await evaluation.done;
      return evaluation;
    }
  }

  release(evaluation: Evaluation, subscriber: Subscriber): void {
    evaluation.subscribers.delete(subscriber);
    if (evaluation.subscribers.size > 0 || !this.byWatch.has(evaluation.watch)) return;
    this.forget(evaluation);
    this.runner.unwatch(evaluation.watch);
  }

  committed({ ts, invalidated }: Commit): void {
    this.ts = ts;
    const concerned =
      invalidated === "all"
        ? // What a lost engine was lost over would only lose it again.
          [...this.byWatch.values()].filter(({ result }) => !result?.interrupted)
        : invalidated.flatMap((watch) => this.byWatch.get(watch) ?? []);
    this.invalidate(concerned);
  }

  /** For new code and emptied tables, where nothing that was can be relied on. */
  invalidateAll(): void {
    this.invalidate([...this.byWatch.values()]);
  }

  private find(key: string, request: CallRequest): Evaluation | undefined {
    const evaluations = this.byKey.get(key) ?? [];
    const fitting = evaluations.find((evaluation) => evaluation.serves(request));
    if (fitting !== undefined || evaluations.some(({ result }) => result?.readsIdentity)) return fitting;
    return evaluations[0];
  }

  private start(
    key: string,
    request: CallRequest,
    journal: string | null,
    refusal: Outcome | null,
  ): Evaluation {
    const watch = ++this.lastWatch;
    const running =
      refusal === null
        ? this.runner.watch(request, watch, journal)
        : Promise.resolve({ outcome: refusal, journal: null, readsIdentity: false, interrupted: false });
    const evaluation = new Evaluation(key, watch, request, running);
    this.byWatch.set(watch, evaluation);
    this.byKey.set(key, [...(this.byKey.get(key) ?? []), evaluation]);
    evaluation.done.catch(() => this.forget(evaluation));
    return evaluation;
  }

  private invalidate(evaluations: Evaluation[]): void {
    for (const evaluation of evaluations) {
      evaluation.valid = false;
      this.forget(evaluation);
      // The engine is yet to watch what it is yet to run.
      if (evaluation.result === null) this.runner.unwatch(evaluation.watch);
    }
    for (const { subscribers } of evaluations) for (const subscriber of subscribers) subscriber.invalidated();
  }

  private forget({ key, watch }: Evaluation): void {
    this.byWatch.delete(watch);
    const others = (this.byKey.get(key) ?? []).filter((evaluation) => evaluation.watch !== watch);
    if (others.length > 0) this.byKey.set(key, others);
    else this.byKey.delete(key);
  }
}
