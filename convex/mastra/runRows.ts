/** Stored rows of workflow runs, and the atomic changes of their snapshots. */
import { checkSize } from "./documentSize";
import type { Doc, Reader, Writer } from "./model";
import type { Slice, Source } from "./paging";
import { type Fields, isObject } from "./requests";
import type { ReadBudget } from "./scan";
import { mergeStepResult } from "./stepResults";

export const SNAPSHOTS = "mastra_workflow_snapshots";

export type Run = Doc<typeof SNAPSHOTS>;

// A run is stored once; adapters that stored it twice did not go on to hundreds.
const MAX_COPIES = 100;

/** The rows of one run, the live one first. */
export function copiesOf(
  db: Reader,
  workflow: string,
  run: string,
): Promise<Run[]> {
  return runRows(db, workflow, run).take(MAX_COPIES);
}

/** The live row of a run. */
export function liveRun(
  db: Reader,
  workflow: string,
  run: string,
): Promise<Run | null> {
  return runRows(db, workflow, run).first();
}

function runRows(db: Reader, workflow: string, run: string) {
  return (
    db
      .query(SNAPSHOTS)
      .withIndex("by_workflow_run", (q) =>
        q.eq("workflow_name", workflow).eq("run_id", run),
      )
      // Early adapters could store a run twice; the later row is the live one.
      .order("desc")
  );
}

/** The runs that pass both filters, by `createdAt`. */
export function runsOf(
  db: Reader,
  { workflowName, resourceId }: { workflowName?: string; resourceId?: string },
): Source<Run> {
  const runs = db.query(SNAPSHOTS);
  const within = (slice: Slice) => {
    if (workflowName !== undefined && resourceId !== undefined) {
      return runs.withIndex("by_workflow_resource_created", (q) =>
        slice(q.eq("workflow_name", workflowName).eq("resourceId", resourceId)),
      );
    }
    if (workflowName !== undefined) {
      return runs.withIndex("by_workflow_created", (q) =>
        slice(q.eq("workflow_name", workflowName)),
      );
    }
    if (resourceId !== undefined) {
      return runs.withIndex("by_resource_created", (q) =>
        slice(q.eq("resourceId", resourceId)),
      );
    }
    return runs.withIndex("by_created", slice);
  };
  return (slice, order) => within(slice).order(order);
}

/**
 * Whether a row is the live one of its run. Only rows without an id can have
 * been replaced by a later one.
 */
export async function isLive(
  db: Reader,
  row: Run,
  budget: ReadBudget,
): Promise<boolean> {
  if (row.id !== undefined) return true;
  const live = await liveRun(db, row.workflow_name, row.run_id);
  if (live !== null) budget.spend(live);
  return live?._id === row._id;
}

/** The rows of all runs that an id names, those without an id included. */
export async function runsNamed(db: Reader, id: string): Promise<Run[]> {
  const named = await db
    .query(SNAPSHOTS)
    .withIndex("by_record_id", (q) => q.eq("id", id))
    .order("desc")
    .take(MAX_COPIES);
  for (const [workflow, run] of splits(id)) {
    const copies = await copiesOf(db, workflow, run);
    named.push(...copies.filter((row) => row.id === undefined));
  }
  return named;
}

function* splits(id: string): Generator<[workflow: string, run: string]> {
  for (let at = id.indexOf("-"); at >= 0; at = id.indexOf("-", at + 1)) {
    yield [id.slice(0, at), id.slice(at + 1)];
  }
}

/** A snapshot that can be changed. */
export type Snapshot = Fields & { context: Fields };

/** Makes of a snapshot the one to store and what to answer, or null for neither. */
export type Change = (
  snapshot: Snapshot,
) => { snapshot: Fields; result: string } | null;

export type Outcome =
  | { kind: "changed"; result: string }
  | { kind: "unchanged" }
  | { kind: "noRun" }
  | { kind: "noContext" };

/** Changes a run's snapshot in one transaction. */
export async function changeRun(
  db: Writer,
  workflow: string,
  run: string,
  change: Change,
): Promise<Outcome> {
  const row = await liveRun(db, workflow, run);
  if (row === null) return { kind: "noRun" };
  const snapshot = parseSnapshot(row.snapshot);
  if (!isObject(snapshot) || !isObject(snapshot.context)) {
    return { kind: "noContext" };
  }
  const changed = change(snapshot as Snapshot);
  if (changed === null) return { kind: "unchanged" };
  const columns = {
    snapshot: JSON.stringify(changed.snapshot),
    updatedAt: new Date().toISOString(),
  };
  checkSize({ ...row, ...columns });
  await db.patch(row._id, columns);
  return { kind: "changed", result: changed.result };
}

/** Joins a step's result and the request context; answers the whole context. */
export function joinStep(
  stepId: string,
  result: unknown,
  requestContext: Fields,
): Change {
  return (snapshot) => {
    const stored = Object.hasOwn(snapshot.context, stepId)
      ? snapshot.context[stepId]
      : undefined;
    const context = {
      ...snapshot.context,
      [stepId]: mergeStepResult(stored, result),
    };
    const earlier = isObject(snapshot.requestContext)
      ? snapshot.requestContext
      : {};
    return {
      snapshot: {
        ...snapshot,
        context,
        requestContext: { ...earlier, ...requestContext },
      },
      result: JSON.stringify(context),
    };
  };
}

/**
 * Overlays a snapshot's fields; answers the whole snapshot. A snapshot in none
 * of the expected statuses is left alone.
 */
export function joinState(
  changes: Fields,
  expected: readonly unknown[] | undefined,
): Change {
  return (stored) => {
    if (expected !== undefined && !expected.includes(stored.status)) {
      return null;
    }
    const snapshot = { ...stored, ...changes };
    return { snapshot, result: JSON.stringify(snapshot) };
  };
}

/**
 * A stored snapshot: JSON text, or the object itself in early rows; undefined
 * when it is neither.
 */
export function parseSnapshot(stored: unknown): unknown {
  if (typeof stored !== "string") return stored;
  try {
    return JSON.parse(stored);
  } catch {
    return undefined;
  }
}
