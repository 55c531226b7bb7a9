// Runs scheduled functions and cron jobs when they are due.
import { CatchUp } from "../catchUp.ts";
import type { Clock } from "../clock.ts";
import type { DueJob } from "../engine/messages.ts";
import type { EngineThread } from "../engine/thread.ts";
import { spellError } from "../failure.ts";
import type { FunctionRunner } from "../functionRunner.ts";

const MOST_RUNNING = 64;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export class Scheduler {
  private readonly clock: Clock;
  private readonly engine: EngineThread;
  private readonly runner: FunctionRunner;
  private readonly running = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly looks = new CatchUp(() => this.startDue().catch(report));
  private stopped = true;
  private idleWaiters: (() => void)[] = [];

  constructor(clock: Clock, engine: EngineThread, runner: FunctionRunner) {
    this.clock = clock;
    this.engine = engine;
    this.runner = runner;
  }

  start(): void {
    this.stopped = false;
    this.wake();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Looks for what is due, now or as soon as there is room. */
  wake(): void {
    if (!this.stopped) this.looks.wake();
  }

  /** Resolves when nothing runs and nothing is due. */
  async idle(): Promise<void> {
    const idle = new Promise<void>((resolve) => this.idleWaiters.push(resolve));
    this.wake();
    await idle;
  }

  private async startDue(): Promise<void> {
    const room = MOST_RUNNING - this.running.size;
    // The end of any job looks again.
    if (this.stopped || room <= 0) return;
    const { jobs, next } = await this.engine.request("takeJobs", { now: this.clock.now(), limit: room });
    for (const job of jobs) this.begin(job);
    if (this.stopped || this.looks.isBehind) return;
    if (next === null || next > this.clock.now()) this.sleepUntil(next);
    else if (jobs.length < room) this.wake();
  }

  private sleepUntil(next: number | null): void {
    clearTimeout(this.timer);
    if (next !== null) {
      const delay = Math.min(Math.max(0, next - this.clock.now()), LONGEST_TIMEOUT_MS);
      this.timer = setTimeout(() => this.wake(), delay);
    }
    if (this.running.size > 0) return;
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }

  private begin(job: DueJob): void {
    const name = job.id ?? `cron ${job.cron}`;
    // The last run of the same cron job still goes on: this one is left out.
    if (this.running.has(name)) return;
    this.running.add(name);
    void this.runner
      .runJob(job)
      .catch(report)
      .finally(() => {
        this.running.delete(name);
        this.wake();
      });
  }
}

function report(error: unknown): void {
  process.stderr.write(`Internal error of the scheduler: ${spellError(error)}\n`);
}
