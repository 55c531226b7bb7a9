// What functions log: to standard error, and to those who ask for it in time. Why they fail goes to standard error.

export interface LoggedLine {
  path: string;
  line: string;
}

const MOST_KEPT = 10_000;

export class FunctionLogs {
  private lines: LoggedLine[] = [];
  /** How many were there before the first of `lines`. */
  private forgotten = 0;
  private waiting: (() => void)[] = [];

  add(path: string, { logLines, error }: { logLines: string[]; error?: { message: string } }): void {
    for (const line of logLines) {
      process.stderr.write(`[${path}] ${line}\n`);
      this.lines.push({ path, line });
    }
    if (error !== undefined) process.stderr.write(`[${path}] ${error.message.trimEnd()}\n`);
    if (this.lines.length >= 2 * MOST_KEPT) {
      this.forgotten += this.lines.length - MOST_KEPT;
      this.lines = this.lines.slice(-MOST_KEPT);
    }
    if (logLines.length > 0) for (const wake of this.waiting.splice(0)) wake();
  }

  /** How many lines there have been. */
  get count(): number {
    return this.forgotten + this.lines.length;
  }

  /** The lines after the first `known`, as soon as there are any; those that are forgotten are left out. */
  async after(known: number): Promise<LoggedLine[]> {
    while (this.count <= known) await new Promise<void>((wake) => this.waiting.push(wake));
    return this.lines.slice(Math.max(0, known - this.forgotten));
  }
}
