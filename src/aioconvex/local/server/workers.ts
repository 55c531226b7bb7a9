// Starting threads for user code.
import { Worker } from "node:worker_threads";
import { WORKER_HEAP } from "./memory.ts";

/** What it writes goes to standard error, as standard output belongs to the ready line. */
export function startWorker(script: URL, workerData: object, env: Record<string, string>): Worker {
  const worker = new Worker(script, { workerData, env, stdout: true, resourceLimits: WORKER_HEAP });
  worker.stdout.pipe(process.stderr, { end: false });
  return worker;
}
