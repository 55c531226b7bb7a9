// Runs scheduled functions and cron jobs when they are due.
import type { DueJob, DueJobs } from "../engine/messages.ts";

/** What the scheduler needs of the deployment. */
export interface JobRunner {
  now(): number;
  /** Hands out what is due, each job once. */
  take(limit: number): Promise<DueJobs>;
  /** Runs and settles it; fails only if the deployment does. */
  run(job: DueJob): Promise<void>;
}

const MOST_RUNNING = 64;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export class Scheduler {
  private readonly runner: JobRunner;
  private readonly running = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private again = false;
  private stopped = true;
  private idleWaiters: (() => void)[] = [];

  constructor(runner: JobRunner) {
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
    if (this.stopped) return;
    this.again = true;
    if (!this.looking) void this.look();
  }

  /** Resolves when nothing runs and nothing is due. */
  async idle(): Promise<void> {
    const idle = new Promise<void>((resolve) => this.idleWaiters.push(resolve));
    this.wake();
    await idle;
  }

  private async look(): Promise<void> {
    this.looking = true;
    try {
      while (this.again && !this.stopped) {
        this.again = false;
        await this.startDue();
      }
    } catch (error) {
      report(error);
    } finally {
      this.looking = false;
    }
  }

  private async startDue(): Promise<void> {
    const room = MOST_RUNNING - this.running.size;
    // The end of any job looks again.
    if (room <= 0) return;
    const { jobs, next } = await this.runner.take(room);
    for (const job of jobs) this.begin(job);
    if (this.again || this.stopped) return;
    if (next !== null && next <= this.runner.now()) this.again = jobs.length < room;
    else this.sleepUntil(next);
  }

  private sleepUntil(next: number | null): void {
    clearTimeout(this.timer);
    if (next !== null) {
      const delay = Math.min(Math.max(0, next - this.runner.now()), LONGEST_TIMEOUT_MS);
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
      .run(job)
      .catch(report)
      .finally(() => {
        this.running.delete(name);
        this.wake();
      });
  }
}

function report(error: unknown): void {
  const text = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`Internal error of the scheduler: ${text}\n`);
}
