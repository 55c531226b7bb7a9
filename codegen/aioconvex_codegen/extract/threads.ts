// Loads bundles in a thread of its own, as nothing else ends code that never ends by itself.
import { Worker } from "node:worker_threads";
import { reason } from "./failure.ts";
import { unread, type Read, type Task } from "./load.ts";

const SECONDS_TO_LOAD = 10;
export const STUCK = `it does not finish loading within ${SECONDS_TO_LOAD} s`;

/** Loads each bundle; one that throws, or never ends, costs the others nothing. */
export async function loadAll(task: Task): Promise<Read[]> {
  const reads: Read[] = [];
  while (reads.length < task.loads.length) {
    reads.push(...(await loadUntilStuck({ ...task, loads: task.loads.slice(reads.length) })));
  }
  return reads;
}

/** Loads them up to the last, or to the first that the thread does not survive. */
function loadUntilStuck(task: Task): Promise<Read[]> {
  const worker = new Worker(new URL("./load.ts", import.meta.url), { workerData: task });
  const reads: Read[] = [];
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      void worker.terminate();
      done(reads);
    };
    const giveUp = (failure: string) => {
      const stuck = task.loads[reads.length];
      if (stuck !== undefined) reads.push(unread(stuck.name, failure));
      end();
    };
    let timer = setTimeout(giveUp, SECONDS_TO_LOAD * 1000, STUCK);
    worker.on("message", (read: Read) => {
      reads.push(read);
      if (reads.length === task.loads.length) return end();
      clearTimeout(timer);
      timer = setTimeout(giveUp, SECONDS_TO_LOAD * 1000, STUCK);
    });
    worker.once("error", (error) => giveUp(reason(error)));
    // Nothing is left that it could wait for.
    worker.once("exit", () => giveUp(STUCK));
  });
}
