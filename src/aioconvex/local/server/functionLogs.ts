// What functions log: to standard error, and to whoever listens.
import { PassThrough, type Readable } from "node:stream";

/** A listener that does not read is given up before its backlog grows beyond this. */
const LARGEST_BACKLOG = 16 << 20;

export class FunctionLogs {
  private readonly listeners = new Set<PassThrough>();

  add(path: string, { logLines }: { logLines: string[] }): void {
    for (const line of logLines) {
      process.stderr.write(`[${path}] ${line}\n`);
      for (const listener of this.listeners) tell(listener, `${JSON.stringify({ path, line })}\n`);
    }
  }

  /** What is logged from now on, as lines of JSON; until the reader goes away. */
  listen(): Readable {
    const listener = new PassThrough();
    this.listeners.add(listener);
    listener.once("close", () => this.listeners.delete(listener));
    return listener;
  }
}

function tell(listener: PassThrough, text: string): void {
  if (listener.readableLength + listener.writableLength < LARGEST_BACKLOG) listener.write(text);
  else listener.destroy(new Error("The logs were not read."));
}
