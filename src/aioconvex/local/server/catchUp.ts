// Work that keeps up with events: one run at a time, and one more for all that has happened since it began.
import { setImmediate } from "node:timers/promises";

export class CatchUp {
  /** Whether something has happened since the latest run began. */
  isBehind = false;
  private readonly work: () => Promise<void>;
  private running = false;

  /** `work` deals with its errors itself. */
  constructor(work: () => Promise<void>) {
    this.work = work;
  }

  wake(): void {
    this.isBehind = true;
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.isBehind) {
      // What else happens at the same moment is part of the same run.
      await setImmediate();
      this.isBehind = false;
      await this.work();
    }
    this.running = false;
  }
}
