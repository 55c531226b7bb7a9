// Ends functions that take too much memory before they end the process.
import type { Worker } from "node:worker_threads";

/** What a function may take, on top of what its thread has. */
const LIMIT_MB = 512;
const BYTES_PER_MB = 1 << 20;
/** Far more than a function is given: a worker that reaches V8's own limit within one allocation ends the process. */
export const WORKER_HEAP = { maxOldGenerationSizeMb: 8 * LIMIT_MB };
const NOT_RUNNING = "ERR_WORKER_NOT_RUNNING";
const OUT_OF_MEMORY = "ERR_WORKER_OUT_OF_MEMORY";

/** How calls fail that were in a worker that has ended. */
export function endText(reason: Error | "memory"): string {
  if (reason === "memory" || (reason as { code?: string }).code === OUT_OF_MEMORY) {
    return "JavaScript execution ran out of memory (maximum memory usage: 64 MB)";
  }
  return `The function stopped the engine: ${reason.message}`;
}

interface Measured {
  used_heap_size: number;
  external_memory: number;
}

export class MemoryGuard {
  /** Not there before Node 22.16, where only V8's own limit is left. */
  private readonly measure: () => Promise<Measured> | undefined;
  private measuring = false;
  private least = Infinity;

  constructor(worker: Worker) {
    const measurable = worker as { getHeapStatistics?: () => Promise<Measured> };
    this.measure = () => measurable.getHeapStatistics?.();
  }

  /** Whether the worker, from its least since `restart`, has grown beyond the limit. */
  async exceeded(): Promise<boolean> {
    if (this.measuring) return false;
    this.measuring = true;
    try {
      const measured = await this.measure();
      if (measured === undefined) return false;
      const used = measured.used_heap_size + measured.external_memory;
      this.least = Math.min(this.least, used);
      return used - this.least > LIMIT_MB * BYTES_PER_MB;
    } catch (error) {
      // The worker has ended meanwhile, and whoever holds it hears of that.
      if ((error as { code?: string }).code === NOT_RUNNING) return false;
      throw error;
    } finally {
      this.measuring = false;
    }
  }

  /** Counts from here on. */
  restart(): void {
    this.least = Infinity;
  }
}
