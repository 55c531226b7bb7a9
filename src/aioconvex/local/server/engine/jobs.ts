// Scheduled functions and cron jobs in the database: scheduled, cancelled, handed out to run, and settled.
import type { DueJob, DueJobs } from "./messages.ts";
import type { FunctionError } from "./outcome.ts";
import { calledFunction, type NestedCall } from "./references.ts";
import type { Transaction } from "./transaction.ts";
import type { CronJob } from "../project/crons.ts";
import { canonicalPath, displayPath } from "../project/functions.ts";
import type { Program } from "../project/program.ts";
import { nextRun } from "../schedule/cronTimes.ts";
import { allDocuments } from "../storage/rows.ts";
import type { Store } from "../storage/store.ts";
import { SystemTable } from "../storage/systemTable.ts";
import type { Json, JsonObject } from "../values/json.ts";
import { measure } from "../values/size.ts";

const JOBS = "_scheduled_functions";
const FURTHEST_MS = 5 * 366 * 24 * 60 * 60 * 1000;
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

export interface ScheduleRequest extends NestedCall {
  /** When to run, in seconds since 1970. */
  ts: number;
}

/** The scheduler's syscalls in a transaction; undefined for other operations. */
export function jobSyscall(
  transaction: Transaction,
  program: Program,
  operation: string,
  args: ScheduleRequest & { id: string },
): string | undefined {
  switch (operation) {
    case "1.0/schedule":
    case "1.0/actions/schedule":
      return JSON.stringify(schedule(transaction, program, args));
    case "1.0/cancel_job":
    case "1.0/actions/cancel_job":
      cancel(transaction, args.id);
      return "null";
    default:
      return undefined;
  }
}

/** Returns the id of the scheduled function's document. */
function schedule(transaction: Transaction, program: Program, request: ScheduleRequest): string {
  const name = calledFunction(request);
  const path = canonicalPath(name);
  const found = program.declared.get(path ?? "");
  if (found === undefined) throw new Error(`Attempted to schedule ${name}, which does not exist.`);
  if (found.kind === "Query") {
    throw new Error(`Attempted to schedule ${name}, a query: only mutations and actions can be scheduled.`);
  }
  const scheduledTime = request.ts * 1000;
  if (!(Math.abs(scheduledTime - transaction.now) <= FURTHEST_MS)) {
    throw new Error("Functions can be scheduled at most 5 years away from now.");
  }
  const args: Json[] = [request.args];
  transaction.usage.schedule(measure(args).size);
  const fields = { name: displayPath(found.path), args, scheduledTime, state: { kind: "pending" } };
  const id = transaction.systemTable(JOBS).insert(fields, transaction.now);
  transaction.jobs().add(id, Math.max(scheduledTime, transaction.now));
  return id;
}

/** Cancels what has not ended yet; an action that runs goes on, but counts as cancelled. */
function cancel(transaction: Transaction, id: string): void {
  const table = transaction.systemTable(JOBS);
  if (table.get(id) === null) throw new Error(`There is no scheduled function with the id ${id}.`);
  const jobs = transaction.jobs();
  if (!jobs.has(id)) return;
  table.patch(id, { state: { kind: "canceled" }, completedTime: transaction.now });
  jobs.remove(id);
}

/** Marks a scheduled function as ended, inside the open transaction; cancelled ones stay cancelled. */
export function settle(store: Store, id: string, error: FunctionError | null, now: number): void {
  if (!store.jobs.has(id)) return;
  const state = error === null ? { kind: "success" } : { kind: "failed", error: error.message };
  new SystemTable(store, JOBS).patch(id, { state, completedTime: now });
  store.jobs.remove(id);
}

/** Hands out what is due: each of it once, until it is settled or the process ends. */
export function takeDue(store: Store, program: Program, now: number, limit: number): DueJobs {
  const ids = store.jobs.due(now, limit);
  const crons = store.jobs.dueCrons(now);
  if (ids.length === 0 && crons.length === 0) return { jobs: [], next: store.jobs.nextDue() };
  const jobs = store.transact(() => [
    ...ids.map((id) => takeJob(store, program, id)),
    ...crons.flatMap(({ name, next }) => takeCron(store, program, name, next, now) ?? []),
  ]);
  return { jobs, next: store.jobs.nextDue() };
}

function takeJob(store: Store, program: Program, id: string): DueJob {
  const table = new SystemTable(store, JOBS);
  const { name, args } = table.get(id) as { name: string; args: Json[] };
  const path = canonicalPath(name)!;
  const kind = program.declared.get(path)?.kind ?? null;
  // A mutation has begun only when it has committed; an action that has begun is never begun again.
  if (kind !== "Mutation") table.patch(id, { state: { kind: "inProgress" } });
  store.jobs.setRunning(id, true);
  return { id, cron: null, path, args: JSON.stringify(args), kind };
}

function takeCron(
  store: Store,
  { crons, declared }: Program,
  name: string,
  due: number,
  now: number,
): DueJob | null {
  const cron = crons.find((cron) => cron.name === name);
  if (cron === undefined) {
    store.jobs.removeCron(name);
    return null;
  }
  const { path, args, times } = cron;
  store.jobs.setCron(name, specOf(cron), nextRun(times, due, now));
  return { id: null, cron: name, path, args, kind: declared.get(path)!.kind };
}

/** Brings the cron jobs in line with the code: new and changed ones start over, others keep their time. */
export function deployCrons(store: Store, crons: CronJob[], now: number): void {
  const known = store.jobs.cronSpecs();
  const wanted = new Map(crons.map((cron) => [cron.name, specOf(cron)]));
  const changed = crons.filter((cron) => known.get(cron.name) !== specOf(cron));
  const removed = [...known.keys()].filter((name) => !wanted.has(name));
  if (changed.length === 0 && removed.length === 0) return;
  store.transact(() => {
    for (const name of removed) store.jobs.removeCron(name);
    for (const cron of changed) {
      // An interval begins with a run.
      const first = cron.times.kind === "interval" ? now : nextRun(cron.times, now, now);
      store.jobs.setCron(cron.name, specOf(cron), first);
    }
  });
}

/** Has every cron job wait for its next time from `now` on, whatever the time was when it last ran. */
export function restartCrons(store: Store, crons: CronJob[], now: number): void {
  if (crons.length === 0) return;
  store.transact(() => {
    for (const cron of crons) store.jobs.setCron(cron.name, specOf(cron), nextRun(cron.times, now, now));
  });
}

function specOf({ times }: CronJob): string {
  return JSON.stringify(times);
}

/** After a start: mutations that had not committed wait again, actions that had begun have failed. */
export function recoverJobs(store: Store, now: number): void {
  const interrupted = store.jobs.running();
  const table = new SystemTable(store, JOBS);
  const old = oldJobs(store, now);
  if (interrupted.length === 0 && old.length === 0) return;
  store.transact(() => {
    for (const id of interrupted) {
      const { state } = table.get(id) as { state: JsonObject };
      if (state["kind"] === "pending") store.jobs.setRunning(id, false);
      else settle(store, id, { message: "The deployment stopped while the action ran." }, now);
    }
    for (const id of old) table.remove(id);
  });
}

function oldJobs(store: Store, now: number): string[] {
  const old: string[] = [];
  for (const { doc } of allDocuments(store, store.ensureTable(JOBS))) {
    const { _id, completedTime } = JSON.parse(doc) as { _id: string; completedTime?: number };
    if (completedTime !== undefined && completedTime < now - KEPT_MS) old.push(_id);
  }
  return old;
}
