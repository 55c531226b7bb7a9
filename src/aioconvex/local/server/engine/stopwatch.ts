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

export const LOADING_TIME_MS = 5000;
const TOTAL_TIME_MS = 15_000;
/** What a worker that only waits has to end its function by itself, which saves the worker. */
const GRACE_MS = 300;

export function newCells(): SharedArrayBuffer {
  return new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT);
}

/** The worker's side. Time spent in the engine itself does not count against the function. */
export class Stopwatch {
  private readonly cells: BigInt64Array;
  private readonly timeLimit: number;
  private deadline = 0;
  private latest = 0;

  /** `timeLimit` is what a function is allowed, in milliseconds. */
  constructor(cells: SharedArrayBuffer, timeLimit: number) {
    this.cells = new BigInt64Array(cells);
    this.timeLimit = timeLimit;
  }

  /** Tells what job the worker is at, from here until the next. */
  takeUp(job: number): void {
    Atomics.store(this.cells, JOB, BigInt(job));
  }

  start(allowed = this.timeLimit): void {
    this.deadline = clock() + allowed;
    this.latest = this.deadline - allowed + Math.max(TOTAL_TIME_MS, allowed);
    this.publish(this.deadline);
    Atomics.store(this.cells, STATE, INTERRUPTIBLE);
  }

  /** Runs engine work and moves the deadline by the time it took. */
  exempt<T>(work: () => T): T {
    const before = clock();
    this.publish(this.latest);
    try {
      return work();
    } finally {
      this.deadline = Math.min(this.deadline + clock() - before, this.latest);
      this.publish(this.deadline);
    }
  }

  private publish(deadline: number): void {
    Atomics.store(this.cells, DEADLINE, BigInt(Math.ceil(deadline)));
  }

  /** The result of `work`, or `failure` when time has run out while nothing ran that could settle it. */
  async settled<T>(work: Promise<T>, failure: Error): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const look = (): void => {
        const left = this.deadline - clock();
        if (left <= 0) reject(failure);
        else timer = setTimeout(look, left);
      };
      look();
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
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

  /** Whether user code runs that can still be kept from committing. */
  get isInterruptible(): boolean {
    return Atomics.load(this.cells, STATE) === INTERRUPTIBLE;
  }

  get isOverdue(): boolean {
    return clock() > Number(Atomics.load(this.cells, DEADLINE)) + GRACE_MS;
  }

  /** Whether the running job has been kept from committing; its worker has to be terminated then. */
  condemn(): boolean {
    return Atomics.compareExchange(this.cells, STATE, INTERRUPTIBLE, CONDEMNED) === INTERRUPTIBLE;
  }

  runningJob(): number {
    return Number(Atomics.load(this.cells, JOB));
  }
}

/** Milliseconds that both threads agree on and that no clock adjustment moves. */
function clock(): number {
  return performance.timeOrigin + performance.now();
}
