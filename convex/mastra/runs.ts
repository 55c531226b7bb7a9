/**
 * Workflow runs by workflow name and run id: what `aioconvex.mastra` calls for
 * them. Snapshots travel as JSON text, which Convex's rules for keys do not bind;
 * times are ISO strings as the tables hold them.
 */
import { v } from "convex/values";

import { mutation, query } from "./access";
import { checkSize } from "./documentSize";
import { refusal } from "./errors";
import { type Writer, documentOf } from "./model";
import { type Fields, invalid, isObject, json } from "./requests";
import {
  type Change,
  type Run,
  SNAPSHOTS,
  changeRun,
  copiesOf,
  isLive,
  joinState,
  joinStep,
  liveRun,
  parseSnapshot,
  runsOf,
} from "./runRows";
import { scan, scanArgs, scanOf } from "./scan";

const runDocument = documentOf(SNAPSHOTS);
const names = { workflowName: v.string(), runId: v.string() };
const optionalText = v.optional(v.string());

/** The run, or null. Without a workflow's name, the newest of this run id. */
export const get = query({
  args: { workflowName: optionalText, runId: v.string() },
  returns: v.union(runDocument, v.null()),
  handler: ({ db }, { workflowName, runId }) =>
    workflowName !== undefined
      ? liveRun(db, workflowName, runId)
      : db
          .query(SNAPSHOTS)
          .withIndex("by_run_created", (q) => q.eq("run_id", runId))
          .order("desc")
          .first(),
});

/**
 * A part of the list of runs that pass all filters, newest `createdAt` first;
 * see `scan`. Both dates are inclusive; `threadId` is the thread of the memory
 * that a suspended step, or the input, carries.
 */
export const list = query({
  args: {
    workflowName: optionalText,
    resourceId: optionalText,
    status: optionalText,
    fromDate: optionalText,
    toDate: optionalText,
    threadId: optionalText,
    ...scanArgs,
  },
  returns: scanOf(runDocument),
  handler: ({ db }, { skip, take, cursor, ...filter }) =>
    scan({
      source: runsOf(db, filter),
      list: ["runs", JSON.stringify(Object.entries(filter).sort())],
      order: "desc",
      period: { start: filter.fromDate, end: filter.toDate },
      cursor,
      skip,
      take,
      accepts: async (row, budget) =>
        passes(row, filter) && (await isLive(db, row, budget)),
    }),
});

/**
 * Stores a run's snapshot. A stored run keeps its `createdAt` and `resourceId`
 * where none is given; a new one is created now unless told.
 */
export const persist = mutation({
  args: {
    ...names,
    resourceId: optionalText,
    snapshot: v.string(),
    createdAt: optionalText,
    updatedAt: optionalText,
  },
  returns: v.null(),
  handler: async ({ db }, { workflowName, runId, snapshot, ...given }) => {
    const now = new Date().toISOString();
    const { resourceId, createdAt, updatedAt = now } = given;
    const [live, ...stale] = await copiesOf(db, workflowName, runId);
    const id = `${workflowName}-${runId}`;
    const columns = {
      id,
      snapshot,
      updatedAt,
      ...(resourceId !== undefined && { resourceId }),
      ...(createdAt !== undefined && { createdAt }),
    };
    if (live === undefined) {
      const row = {
        workflow_name: workflowName,
        run_id: runId,
        createdAt: now,
        ...columns,
      };
      checkSize(row);
      await db.insert(SNAPSHOTS, row);
    } else {
      checkSize({ ...live, ...columns });
      await db.patch(live._id, columns);
    }
    for (const copy of stale) await db.delete(copy._id);
    return null;
  },
});

/**
 * Merges one step's result and the request context, both JSON text, into a run's
 * snapshot. The JSON text of the merged context, or null without such a run.
 *
 * @throws ConvexError `WorkflowContextMissing`, or `InvalidRequest` for a text
 * that is no JSON.
 */
export const mergeStepResult = mutation({
  args: {
    ...names,
    stepId: v.string(),
    result: v.string(),
    requestContext: v.string(),
  },
  returns: v.union(v.string(), v.null()),
  handler: ({ db }, { workflowName, runId, ...args }) => {
    const requestContext = fields(args, "requestContext");
    const change = joinStep(args.stepId, json(args, "result"), requestContext);
    return merged(db, workflowName, runId, change);
  },
});

/**
 * Merges the fields of `changes`, JSON text, into a run's snapshot, if the run
 * is in one of the expected statuses or none is given. The JSON text of the
 * snapshot, or null when the run is in another status or does not exist.
 *
 * @throws ConvexError as {@link mergeStepResult} does.
 */
export const mergeState = mutation({
  args: {
    ...names,
    changes: v.string(),
    expectedStatus: v.optional(v.array(v.string())),
  },
  returns: v.union(v.string(), v.null()),
  handler: ({ db }, { workflowName, runId, expectedStatus, ...args }) => {
    const change = joinState(fields(args, "changes"), expectedStatus);
    return merged(db, workflowName, runId, change);
  },
});

/** Deletes a run, with every row that early adapters stored of it. */
export const remove = mutation({
  args: names,
  returns: v.null(),
  handler: async ({ db }, { workflowName, runId }) => {
    for (const row of await copiesOf(db, workflowName, runId)) {
      await db.delete(row._id);
    }
    return null;
  },
});

// An empty snapshot stands for that of a run which has not begun.
const UNBEGUN: Fields = { status: "pending" };

type Filter = { status?: string; threadId?: string };

function passes(row: Run, { status, threadId }: Filter): boolean {
  if (status === undefined && threadId === undefined) return true;
  const snapshot = row.snapshot ? parseSnapshot(row.snapshot) : UNBEGUN;
  return (
    isObject(snapshot) &&
    (status === undefined || snapshot.status === status) &&
    (threadId === undefined || threadsOf(snapshot).includes(threadId))
  );
}

/** The threads of the memory that a snapshot's input and suspended steps carry. */
function threadsOf(snapshot: Fields): unknown[] {
  const context = isObject(snapshot.context) ? snapshot.context : {};
  const memories = [
    at(context, "input", "messageListState"),
    ...Object.keys(context).map((step) =>
      at(context, step, "suspendPayload", "__streamState", "messageList"),
    ),
  ];
  return memories.map((memory) => at(memory, "memoryInfo", "threadId"));
}

function at(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const name of path) {
    found = isObject(found) && Object.hasOwn(found, name) ? found[name] : null;
  }
  return found;
}

function fields(args: Fields, field: string): Fields {
  const value = json(args, field);
  if (!isObject(value)) {
    throw invalid(`${field} must be the JSON text of an object`);
  }
  return value;
}

async function merged(
  db: Writer,
  workflowName: string,
  runId: string,
  change: Change,
): Promise<string | null> {
  const outcome = await changeRun(db, workflowName, runId, change);
  switch (outcome.kind) {
    case "changed":
      return outcome.result;
    case "noContext":
      throw refusal(
        "WorkflowContextMissing",
        `The snapshot of run ${runId} of ${workflowName} has no context to merge into.`,
      );
    default:
      return null;
  }
}
