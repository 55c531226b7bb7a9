/** Rows of workflow runs, and the atomic updates of their snapshots. */
import { invalidRecord } from "./columns";
import { refusal } from "./errors";
import type { Doc, Reader, Writer } from "./model";
import {
  type Fields,
  type Request,
  invalid,
  isObject,
  json,
  text,
} from "./requests";
import type { Answer, Table } from "./rows";
import { mergeStepResult } from "./stepResults";

const SNAPSHOTS = "mastra_workflow_snapshots";

// A run is stored once; adapters that stored it twice did not go on to hundreds.
const MAX_COPIES = 100;

/** An expected failure: the handler answers it, and nothing was written. */
export interface Failure {
  error: string;
  code: string;
}

/**
 * Workflow runs, told apart by workflow and run. Their id joins the two with a
 * hyphen and so can name several runs (`a-b`,`c` and `a`,`b-c`).
 */
export const workflowRuns: Table = {
  name: SNAPSHOTS,
  scope: [],
  identity: (record) => JSON.stringify(runOf(record)),
  columns: (record) => {
    const [workflow, run] = runOf(record);
    return { ...record, id: record.id ?? `${workflow}-${run}` };
  },
  replaced: async (db, record) => {
    const [row] = await copiesOf(db, ...runOf(record));
    return row ?? null;
  },
  named: runsNamed,
  check: async () => {},
};

/** Merges one step's result, and the request context, into a run's snapshot. */
export async function mergeWorkflowStepResult(
  db: Writer,
  request: Request,
): Promise<Answer | Failure> {
  const stepId = text(request, "stepId");
  const result = json(request, "result");
  const requestContext = json(request, "requestContext");
  if (!isObject(requestContext)) {
    throw invalid("requestContext must be the JSON text of an object");
  }
  return update(db, request, (snapshot) => {
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
  });
}

/**
 * Merges `opts` into a run's snapshot. With `expectedStatus`, one or several, a
 * run in another status is left alone and the result is null.
 */
export async function mergeWorkflowState(
  db: Writer,
  request: Request,
): Promise<Answer | Failure> {
  const opts = json(request, "opts");
  if (!isObject(opts)) throw invalid("opts must be the JSON text of an object");
  const { expectedStatus, ...changes } = opts;
  return update(db, request, (stored) => {
    if (expectedStatus !== undefined && expectedStatus !== null) {
      if (![expectedStatus].flat<unknown[]>().includes(stored.status))
        return null;
    }
    const snapshot = { ...stored, ...changes };
    return { snapshot, result: JSON.stringify(snapshot) };
  });
}

type Run = Doc<typeof SNAPSHOTS>;
type Snapshot = Fields & { context: Fields };
type Change = { snapshot: Fields; result: string };

async function update(
  db: Writer,
  request: Request,
  change: (snapshot: Snapshot) => Change | null,
): Promise<Answer | Failure> {
  const workflowName = text(request, "workflowName");
  const runId = text(request, "runId");
  const [row] = await copiesOf(db, workflowName, runId);
  if (row === undefined) {
    return {
      error: `Workflow snapshot not found for runId ${runId}`,
      code: "WorkflowRunNotFound",
    };
  }
  const snapshot = parseSnapshot(row.snapshot);
  if (snapshot === null) {
    return {
      error: `Workflow snapshot of runId ${runId} has no context`,
      code: "WorkflowContextMissing",
    };
  }
  const changed = change(snapshot);
  if (changed === null) return { result: null };
  await db.patch(row._id, {
    snapshot: JSON.stringify(changed.snapshot),
    updatedAt: new Date().toISOString(),
  });
  return { result: changed.result };
}

/** A stored snapshot: JSON text, or the object itself in early rows. */
function parseSnapshot(stored: unknown): Snapshot | null {
  let snapshot = stored;
  if (typeof stored === "string") {
    try {
      snapshot = JSON.parse(stored);
    } catch {
      return null;
    }
  }
  return isObject(snapshot) && isObject(snapshot.context)
    ? (snapshot as Snapshot)
    : null;
}

function runOf(record: Fields): [workflow: string, run: string] {
  const { workflow_name: workflow, run_id: run } = record;
  if (typeof workflow !== "string" || typeof run !== "string") {
    throw invalidRecord(
      "A workflow run's record needs workflow_name and run_id",
    );
  }
  return [workflow, run];
}

/** The rows of one run, the live one first. */
function copiesOf(db: Reader, workflow: string, run: string): Promise<Run[]> {
  return db
    .query(SNAPSHOTS)
    .withIndex("by_workflow_run", (q) =>
      q.eq("workflow_name", workflow).eq("run_id", run),
    )
    .order("desc")
    .take(MAX_COPIES);
}

/**
 * The rows of the run that an id names, those without an id included.
 *
 * @throws ConvexError `AmbiguousRunId` when it names several runs.
 */
async function runsNamed(db: Reader, id: string): Promise<Run[]> {
  const named = await db
    .query(SNAPSHOTS)
    .withIndex("by_record_id", (q) => q.eq("id", id))
    .order("desc")
    .take(MAX_COPIES);
  for (const [workflow, run] of splits(id)) {
    const copies = await copiesOf(db, workflow, run);
    named.push(...copies.filter((row) => row.id === undefined));
  }
  const runs = new Set(named.map((row) => JSON.stringify(runOf(row))));
  if (runs.size > 1) {
    throw refusal(
      "AmbiguousRunId",
      `The id ${id} names ${runs.size} workflow runs; use workflow_name and run_id.`,
    );
  }
  return named;
}

function* splits(id: string): Generator<[workflow: string, run: string]> {
  for (let at = id.indexOf("-"); at >= 0; at = id.indexOf("-", at + 1)) {
    yield [id.slice(0, at), id.slice(at + 1)];
  }
}
