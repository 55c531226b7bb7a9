// What the latest functions have read and written, for tests that care.
import type { CallUsage } from "./engine/messages.ts";

const MOST_KEPT = 1000;

export class RecentCalls {
  private calls: CallUsage[] = [];

  add(usage: CallUsage): void {
    this.calls.push(usage);
    if (this.calls.length >= 2 * MOST_KEPT) this.calls = this.calls.slice(-MOST_KEPT);
  }

  /** The latest last. */
  list(): CallUsage[] {
    return this.calls.slice(-MOST_KEPT);
  }

  clear(): void {
    this.calls = [];
  }
}
