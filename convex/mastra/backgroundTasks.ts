/**
 * Background tasks, for `aioconvex.mastra`: those in their table, and those that
 * early adapters left among the documents, whose fields may be in camelCase.
 */
import { type Infer, type ObjectType, v } from "convex/values";

import { mutation, query } from "./access";
import { select } from "./lookup";
import { type Reader, documentOf } from "./model";
import { type Order, orderValidator } from "./paging";
import { type Fields, type Filter, invalid, optionalCount } from "./requests";
import { rowOperations } from "./rows";
import {
  BACKGROUND_TASKS,
  SPELLINGS,
  earlyTasks,
  removeTasks,
  runOnTasks,
  taskOf,
} from "./taskRequests";
import { mastraTables } from "./tables";

const { fields: columns } = mastraTables[BACKGROUND_TASKS].validator;

// A row or, from early adapters, what they stored.
const task = v.union(
  documentOf(BACKGROUND_TASKS),
  v.record(v.string(), v.any()),
);

type Task = Infer<typeof task>;

const optionalText = v.optional(v.string());
const dateColumn = v.union(
  v.literal("createdAt"),
  v.literal("startedAt"),
  v.literal("suspendedAt"),
  v.literal("completedAt"),
);

/** Which tasks; all filters apply. */
const filters = {
  /** Any of these. */
  statuses: v.optional(v.array(v.string())),
  agentId: optionalText,
  threadId: optionalText,
  resourceId: optionalText,
  toolName: optionalText,
  toolCallId: optionalText,
  runId: optionalText,
  /** The column of the dates, which a task must have; `createdAt` unless told. */
  dateColumn: v.optional(dateColumn),
  /** Inclusive. */
  fromDate: optionalText,
  /** Exclusive. */
  toDate: optionalText,
  cursor: v.optional(v.string()),
};

type TaskFilter = ObjectType<typeof filters>;

/** The task of this id, or null. */
export const get = query({
  args: { id: v.string() },
  returns: v.union(task, v.null()),
  handler: ({ db }, { id }) => taskOf(db, id) as Promise<Task | null>,
});

/**
 * The tasks that pass all filters: from `skip` on up to `take` of them, in order,
 * and how many there are. Those without the date to order by count as the oldest.
 *
 * If they are more than one call may read there is no `total`: then `items` are all
 * those in this part, and `nextCursor` continues, unless it was the last.
 *
 * @throws ConvexError `InvalidRequest` unless both numbers are integers from 0 on.
 */
export const list = query({
  args: {
    ...filters,
    orderBy: dateColumn,
    order: orderValidator,
    skip: v.number(),
    take: v.optional(v.number()),
  },
  returns: v.object({
    items: v.array(task),
    total: v.optional(v.number()),
    nextCursor: v.optional(v.string()),
  }),
  handler: async ({ db }, { orderBy, order, skip, take, ...filter }) => {
    const start = optionalCount({ skip }, "skip", 0)!;
    const most = optionalCount({ take }, "take", 0) ?? Infinity;
    const found = await matching(db, filter, LISTED);
    const { continuation } = found;
    const tasks = found.tasks as Task[];
    if (continuation !== null) {
      return { items: tasks, nextCursor: continuation };
    }
    if (filter.cursor !== undefined) return { items: tasks };
    const items = tasks.sort(byDate(orderBy, order)).slice(start, start + most);
    return { items, total: tasks.length };
  },
});

const {
  status,
  result,
  error,
  suspend_payload,
  retry_count,
  max_retries,
  timeout_ms,
  startedAt,
  suspendedAt,
  completedAt,
} = columns;

/**
 * Changes a task if it has the expected status, and says whether it did: of several
 * callers one wins.
 *
 * @throws ConvexError `DocumentTooLarge`.
 */
export const update = mutation({
  args: {
    id: v.string(),
    expectedStatus: status,
    changes: v.object({
      status: v.optional(status),
      result: v.optional(result),
      error: v.optional(error),
      suspend_payload: v.optional(suspend_payload),
      retry_count: v.optional(retry_count),
      max_retries: v.optional(max_retries),
      timeout_ms: v.optional(timeout_ms),
      startedAt: v.optional(startedAt),
      suspendedAt: v.optional(suspendedAt),
      completedAt: v.optional(completedAt),
    }),
  },
  returns: v.boolean(),
  handler: async ({ db }, { id, expectedStatus, changes }) => {
    const stored = await taskOf(db, id);
    if (stored?.status !== expectedStatus) return false;
    const request = { op: "patch", tableName: BACKGROUND_TASKS };
    await runOnTasks(db, rowOperations.patch!, {
      ...request,
      id,
      record: changes,
    });
    return true;
  },
});

/**
 * Deletes a part of the tasks that pass all filters, of which there must be one;
 * `nextCursor` continues.
 *
 * @throws ConvexError `InvalidRequest` without a filter.
 */
export const removeMatching = mutation({
  args: filters,
  returns: v.object({ nextCursor: v.optional(v.string()) }),
  handler: async ({ db }, filter) => {
    const { cursor: _, dateColumn: __, ...restricting } = filter;
    if (Object.keys(restricting).length === 0) {
      throw invalid("Tasks are only deleted by a filter");
    }
    const { tasks, continuation } = await matching(db, filter, REMOVED);
    const ids = tasks.map(({ id }) => String(id));
    const again =
      (await removeTasks(db, ids)) < ids.length
        ? (filter.cursor ?? START)
        : continuation;
    return again === null ? {} : { nextCursor: again };
  },
});

/** How many tasks one call reads, and of how many bytes those in the table are. */
interface Bounds {
  rows: number;
  early: number;
  bytes: number;
}

// Together less than Convex lets one function read or return. What is removed is read again.
const LISTED: Bounds = { rows: 7_000, early: 1_000, bytes: 8 * 1024 * 1024 };
const REMOVED: Bounds = { rows: 250, early: 250, bytes: 1024 * 1024 };

// Cursors: all tasks are still to come; those of early adapters are, after an id.
const START = "";
const EARLY = "early:";

/** A part of the tasks that pass a filter; those of early adapters come last. */
async function matching(
  db: Reader,
  {
    cursor = START,
    statuses,
    dateColumn,
    fromDate,
    toDate,
    ...equal
  }: TaskFilter,
  bounds: Bounds,
): Promise<{ tasks: Fields[]; continuation: string | null }> {
  const filters: Filter[] = Object.entries(equal).map(([name, value]) => ({
    field: SPELLINGS.get(name)!,
    value,
  }));
  if (statuses?.length === 1) {
    filters.push({ field: "status", value: statuses[0] });
  }
  const { found, continuation } = await readOn(db, filters, cursor, bounds);
  const dates = dateColumn ?? "createdAt";
  const tasks = found.filter(
    (row) =>
      (statuses === undefined || statuses.includes(row.status as string)) &&
      (fromDate === undefined || dateOf(row, dates) >= fromDate) &&
      // Without the date it is before none.
      (toDate === undefined || (dateOf(row, dates) || toDate) < toDate),
  );
  return { tasks, continuation };
}

async function readOn(
  db: Reader,
  filters: readonly Filter[],
  cursor: string,
  bounds: Bounds,
): Promise<{ found: Fields[]; continuation: string | null }> {
  const isPast = cursor.startsWith(EARLY);
  const { rows, continuation } = isPast
    ? { rows: [], continuation: null }
    : await select(db, {
        table: BACKGROUND_TASKS,
        filters,
        order: "asc",
        cursor: cursor === START ? null : cursor,
        pageSize: bounds.rows,
        maximumBytes: bounds.bytes,
      });
  if (continuation !== null) return { found: rows, continuation };
  const after = isPast ? cursor.slice(EARLY.length) : "";
  const early = await earlyTasks(db, filters, bounds.early, after);
  return {
    found: [...rows, ...early.tasks.map(({ record }) => record as Fields)],
    continuation: early.last === null ? null : EARLY + early.last,
  };
}

/** Ties are in the order of insertion both ways; early tasks have none, and follow. */
function byDate(column: string, order: Order) {
  const sign = order === "asc" ? 1 : -1;
  return (a: Fields, b: Fields) => {
    const [first, second] = [dateOf(a, column), dateOf(b, column)];
    if (first === second) return Math.sign(inserted(a) - inserted(b)) || 0;
    return first < second ? -sign : sign;
  };
}

function inserted({ _creationTime }: Fields): number {
  return typeof _creationTime === "number" ? _creationTime : Infinity;
}

/** A date as the table holds it; the empty text, before all others, for none. */
function dateOf(row: Fields, column: string): string {
  const date = row[column];
  return typeof date === "string" ? date : "";
}
