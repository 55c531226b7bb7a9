/** What the storage handler does with workflow runs. */
import { invalidRecord } from "./columns";
import { refusal } from "./errors";
import type { Reader, Writer } from "./model";
import {
  type Fields,
  type Request,
  invalid,
  isObject,
  json,
  text,
} from "./requests";
import type { Answer, Table } from "./rows";
import {
  type Change,
  type Run,
  SNAPSHOTS,
  changeRun,
  copiesOf,
  joinState,
  joinStep,
  runsNamed,
} from "./runRows";

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
  named: onlyRunNamed,
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
  return update(db, request, joinStep(stepId, result, requestContext));
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
  const expected =
    expectedStatus === undefined || expectedStatus === null
      ? undefined
      : [expectedStatus].flat<unknown[]>();
  return update(db, request, joinState(changes, expected));
}

async function update(
  db: Writer,
  request: Request,
  change: Change,
): Promise<Answer | Failure> {
  const workflowName = text(request, "workflowName");
  const runId = text(request, "runId");
  const outcome = await changeRun(db, workflowName, runId, change);
  switch (outcome.kind) {
    case "changed":
      return { result: outcome.result };
    case "unchanged":
      return { result: null };
    case "noRun":
      return {
        error: `Workflow snapshot not found for runId ${runId}`,
        code: "WorkflowRunNotFound",
      };
    case "noContext":
      return {
        error: `Workflow snapshot of runId ${runId} has no context`,
        code: "WorkflowContextMissing",
      };
  }
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

/**
 * The rows of the run that an id names, those without an id included.
 *
 * @throws ConvexError `AmbiguousRunId` when it names several runs.
 */
async function onlyRunNamed(db: Reader, id: string): Promise<Run[]> {
  const named = await runsNamed(db, id);
  const runs = new Set(named.map((row) => JSON.stringify(runOf(row))));
  if (runs.size > 1) {
    throw refusal(
      "AmbiguousRunId",
      `The id ${id} names ${runs.size} workflow runs; use workflow_name and run_id.`,
    );
  }
  return named;
}
