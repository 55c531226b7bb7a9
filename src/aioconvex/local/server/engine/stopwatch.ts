// How the main thread stops a runaway function without ever interrupting a commit.
//
// One cell in shared memory is the state; both sides change it by compare-and-swap, so either the worker
// leaves user code in time or the main thread condemns it, never both.

const STATE = 0;
const DEADLINE = 1;
const JOB = 2;

const PROTECTED = 0n;
const INTERRUPTIBLE = 1n;
const CONDEMNED = 2n;

export const USER_TIME_MS = 1000;
export const LOADING_TIME_MS = 5000;
const TOTAL_TIME_MS = 15_000;

export function newCells(): SharedArrayBuffer {
  return new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT);
}

/** The worker's side. Time spent in the engine itself does not count against the function. */
export class Stopwatch {
  private readonly cells: BigInt64Array;
  private deadline = 0;
  private latest = 0;

  constructor(cells: SharedArrayBuffer) {
    this.cells = new BigInt64Array(cells);
  }

  start(job: number, allowed: number): void {
    this.deadline = clock() + allowed;
    this.latest = this.deadline - allowed + Math.max(TOTAL_TIME_MS, allowed);
    Atomics.store(this.cells, JOB, BigInt(job));
    Atomics.store(this.cells, DEADLINE, BigInt(Math.ceil(this.deadline)));
    Atomics.store(this.cells, STATE, INTERRUPTIBLE);
  }

  /** Runs engine work and moves the deadline by the time it took. */
  exempt<T>(work: () => T): T {
    const before = clock();
    try {
      return work();
    } finally {
      this.deadline = Math.min(this.deadline + clock() - before, this.latest);
      Atomics.store(this.cells, DEADLINE, BigInt(Math.ceil(this.deadline)));
    }
  }

  /** Leaves user code; a worker that has been condemned stays here until it is terminated. */
  stop(): void {
    if (Atomics.compareExchange(this.cells, STATE, INTERRUPTIBLE, PROTECTED) === CONDEMNED) {
      Atomics.wait(this.cells, STATE, CONDEMNED);
    }
  }
}

/** The main thread's side. */
export class Watchdog {
  private readonly cells: BigInt64Array;

  constructor(cells: SharedArrayBuffer) {
    this.cells = new BigInt64Array(cells);
  }

  /** The job that overran its time and can no longer commit, if there is one. */
  condemnOverdue(): number | null {
    if (Atomics.load(this.cells, STATE) !== INTERRUPTIBLE) return null;
    if (clock() < Number(Atomics.load(this.cells, DEADLINE))) return null;
    const condemned = Atomics.compareExchange(this.cells, STATE, INTERRUPTIBLE, CONDEMNED) === INTERRUPTIBLE;
    return condemned ? this.runningJob() : null;
  }

  runningJob(): number {
    return Number(Atomics.load(this.cells, JOB));
  }

  reset(): void {
    this.cells.fill(0n);
  }
}

/** Milliseconds that both threads agree on and that no clock adjustment moves. */
function clock(): number {
  return performance.timeOrigin + performance.now();
}
