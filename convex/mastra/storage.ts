/**
 * The storage handler of `@mastra/convex`: one mutation for every operation on
 * every table, so that its TypeScript client and ours run on these functions
 * alike.
 */
import { v } from "convex/values";

import { handlers } from "./access";
import { documentOperations } from "./documents";
import { updateResource, updateThread } from "./memory";
import type { Writer } from "./model";
import * as memory from "./observationalMemory";
import { type Request, parseRequest } from "./requests";
import { type Answer, type Table, plainTable, rowOperations } from "./rows";
import * as schedules from "./scheduleRequests";
import { BACKGROUND_TASKS, runOnTasks } from "./taskRequests";
import {
  VECTOR_INDEXES,
  VECTOR_TABLE_PREFIX,
  vectorIndexes,
  vectorsOf,
} from "./vectorRows";
import {
  type Failure,
  mergeWorkflowState,
  mergeWorkflowStepResult,
  workflowRuns,
} from "./workflows";

const SCHEDULES = "mastra_schedules";
const TRIGGERS = "mastra_schedule_triggers";
const MEMORY = "mastra_observational_memory";

// In requests, the table of workflow runs has its name in the singular.
const tables: ReadonlyMap<string, Table> = new Map([
  ["mastra_threads", plainTable("mastra_threads")],
  ["mastra_messages", plainTable("mastra_messages")],
  ["mastra_resources", plainTable("mastra_resources")],
  ["mastra_workflow_snapshot", workflowRuns],
  ["mastra_scorers", plainTable("mastra_scorers")],
  [SCHEDULES, plainTable(SCHEDULES)],
  [TRIGGERS, plainTable(TRIGGERS)],
  [MEMORY, plainTable(MEMORY)],
  ["mastra_channel_installations", plainTable("mastra_channel_installations")],
  ["mastra_channel_config", plainTable("mastra_channel_config")],
  [VECTOR_INDEXES, vectorIndexes],
]);

type Special = (db: Writer, request: Request) => Promise<Answer | Failure>;

// Operations that only one table has, by table and operation.
const specials: ReadonlyMap<string, Special> = new Map<string, Special>([
  ["mastra_threads updateThread", updateThread],
  ["mastra_resources updateResource", updateResource],
  ["mastra_workflow_snapshot mergeWorkflowStepResult", mergeWorkflowStepResult],
  ["mastra_workflow_snapshot mergeWorkflowState", mergeWorkflowState],
  [`${SCHEDULES} createSchedule`, schedules.createSchedule],
  [`${SCHEDULES} listDueSchedules`, schedules.listDueSchedules],
  [`${SCHEDULES} updateSchedule`, schedules.updateSchedule],
  [`${SCHEDULES} updateScheduleNextFire`, schedules.updateScheduleNextFire],
  [`${TRIGGERS} recordScheduleTrigger`, schedules.recordScheduleTrigger],
  [`${TRIGGERS} listScheduleTriggers`, schedules.listScheduleTriggers],
  [`${TRIGGERS} deleteScheduleTriggers`, schedules.deleteScheduleTriggers],
  ...Object.entries(memory).map(([op, special]): [string, Special] => [
    `${MEMORY} ${op}`,
    special,
  ]),
]);

const answerValidator = v.object({
  ok: v.boolean(),
  result: v.optional(v.any()),
  hasMore: v.optional(v.boolean()),
  continuationCursor: v.optional(v.union(v.string(), v.null())),
  error: v.optional(v.string()),
  code: v.optional(v.string()),
  details: v.optional(v.any()),
});

/**
 * Runs one request `{op, tableName, …}`.
 *
 * Answers `{ok: true, result?, hasMore?, continuationCursor?}`, or
 * `{ok: false, error, code}` for an operation that a table does not have and for
 * a workflow run that is not there. A request or record that is wrong raises a
 * ConvexError with a `code`. Whatever fails, nothing of the request is stored.
 * Repeat `clearTable` and `dropTable` while the answer says `hasMore`.
 */
export const { handle, handleAsAdmin } = handlers(answerValidator, answer);

async function answer(db: Writer, args: unknown) {
  const answer = await run(db, parseRequest(args));
  return { ok: !("error" in answer), ...answer };
}

async function run(db: Writer, request: Request): Promise<Answer | Failure> {
  const { op, tableName } = request;
  const special = specials.get(`${tableName} ${op}`);
  if (special !== undefined) return special(db, request);
  if (!Object.hasOwn(rowOperations, op)) {
    return {
      error: `Unsupported operation ${op} on table ${tableName}`,
      code: "UnsupportedOperation",
    };
  }
  const operation = rowOperations[op]!;
  if (tableName === BACKGROUND_TASKS) return runOnTasks(db, operation, request);
  const table = tableOf(tableName);
  return table === undefined
    ? documentOperations[op]!(db, request)
    : operation(db, table, request);
}

/** A table of rows; any other name is one of records among the documents. */
function tableOf(name: string): Table | undefined {
  const table = tables.get(name);
  if (table !== undefined || !name.startsWith(VECTOR_TABLE_PREFIX))
    return table;
  return vectorsOf(name.slice(VECTOR_TABLE_PREFIX.length));
}
