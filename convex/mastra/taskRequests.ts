/**
 * Background tasks: rows of a table of their own or, from early adapters, records
 * among the documents, whose fields may be spelled in camelCase.
 */
import {
  type Document,
  clearWithDocuments,
  documentOf,
  documentOperations,
  write,
} from "./documents";
import { refusal } from "./errors";
import { matches } from "./lookup";
import type { Reader, Writer } from "./model";
import {
  type Fields,
  type Filter,
  type Request,
  object,
  text,
  texts,
} from "./requests";
import { type Answer, type Operation, plainTable, readingOf } from "./rows";
import { ReadBudget } from "./scan";

export const BACKGROUND_TASKS = "mastra_background_tasks";

// What is left of a function's 16 MiB once the table was read.
const EARLY_TASKS_BYTES = 3 * 1024 * 1024;
const BYTES_TO_DELETE = 6 * 1024 * 1024;

// A function reads at most 4096 ranges of indexes, and each early task takes one.
const MOST_EARLY_TASKS = 4_000;

const table = plainTable(BACKGROUND_TASKS);

/** The other spelling of a column, in snake_case or camelCase. */
export const SPELLINGS: ReadonlyMap<string, string> = new Map(
  [
    ["tool_call_id", "toolCallId"],
    ["tool_name", "toolName"],
    ["agent_id", "agentId"],
    ["run_id", "runId"],
    ["thread_id", "threadId"],
    ["resource_id", "resourceId"],
    ["suspend_payload", "suspendPayload"],
    ["retry_count", "retryCount"],
    ["max_retries", "maxRetries"],
    ["timeout_ms", "timeoutMs"],
  ].flatMap(([snake, camel]): [string, string][] => [
    [snake!, camel!],
    [camel!, snake!],
  ]),
);

const clear: Special = (db, request) =>
  clearWithDocuments(db, table, BACKGROUND_TASKS, request);

type Special = (
  db: Writer,
  request: Request,
  operation: Operation,
) => Promise<Answer>;

// Operations that look into both places; the others only know the table.
const inBothPlaces: Readonly<Record<string, Special>> = {
  patch: patchTask,
  load: async (db, request, operation) => {
    const found = await operation(db, table, request);
    const { id } = object(request, "keys");
    if (found.result !== null || typeof id !== "string") return found;
    const early = await documentOf(db, BACKGROUND_TASKS, id);
    return { result: early === null ? null : early.record };
  },
  loadMany: async (db, request, operation) => {
    const ids = [...new Set(texts(request, "ids"))];
    const typed = (await operation(db, table, request)).result as Fields[];
    const found = new Map(typed.map((row) => [row.id as string, row]));
    for (const id of ids.filter((id) => !found.has(id))) {
      const early = await documentOf(db, BACKGROUND_TASKS, id);
      if (early !== null) found.set(id, early.record);
    }
    return { result: ids.flatMap((id) => found.get(id) ?? []) };
  },
  queryTable: listTasks,
  deleteMany: async (db, request, operation) => {
    await operation(db, table, request);
    return documentOperations.deleteMany!(db, request);
  },
  clearTable: clear,
  dropTable: clear,
};

/**
 * Runs an operation on background tasks, all among the documents if the project's
 * schema lacks their table.
 */
export async function runOnTasks(
  db: Writer,
  operation: Operation,
  request: Request,
): Promise<Answer> {
  const special = Object.hasOwn(inBothPlaces, request.op)
    ? inBothPlaces[request.op]
    : undefined;
  try {
    return special === undefined
      ? await operation(db, table, request)
      : await special(db, request, operation);
  } catch (error) {
    // Reads come first, so nothing was written yet.
    if (!isMissingTable(error)) throw error;
    return documentOperations[request.op]!(db, request);
  }
}

/** A task, wherever it is; null without one. */
export async function taskOf(db: Reader, id: string): Promise<Fields | null> {
  const [row] = await table.named(db, id);
  if (row !== undefined) return row;
  const early = await documentOf(db, BACKGROUND_TASKS, id);
  return early === null ? null : early.record;
}

async function patchTask(
  db: Writer,
  request: Request,
  operation: Operation,
): Promise<Answer> {
  const early = await documentOf(db, BACKGROUND_TASKS, text(request, "id"));
  const patched = await operation(db, table, request);
  if (patched.result === true) {
    if (early !== null) await db.delete(early._id);
    return patched;
  }
  if (early === null) return patched;
  await write(db, early, respelled(early, object(request, "record")));
  return { result: true };
}

/** A record with changes, each field in one spelling only. */
function respelled({ record }: Document, { id: _, ...changes }: Fields) {
  const stale = new Set(
    Object.keys(changes).map((name) => SPELLINGS.get(name)),
  );
  const kept = Object.entries(record as Fields).filter(
    ([name]) => !stale.has(name),
  );
  return { ...Object.fromEntries(kept), ...changes };
}

async function listTasks(
  db: Writer,
  request: Request,
  operation: Operation,
): Promise<Answer> {
  const { filters, limit, pageSize } = readingOf(request);
  const typed = await operation(db, table, request);
  if (pageSize !== undefined) return typed;
  const early = await earlyTasks(db, filters, MOST_EARLY_TASKS);
  if (early.last !== null) {
    throw refusal(
      "TooManyBytes",
      "The background tasks among the documents are more than one request " +
        "can read. Delete old ones first.",
    );
  }
  const records = early.tasks.map(({ record }) => record as Fields);
  return {
    result: [...(typed.result as Fields[]), ...records].slice(0, limit),
    hasMore: typed.hasMore ?? false,
    continuationCursor: typed.continuationCursor ?? null,
  };
}

/**
 * Early tasks that no row has taken the place of, in the order of their ids: those
 * among the next `most` documents `after` an id. The id of the `last` one looked at
 * continues, unless there are no more.
 */
export async function earlyTasks(
  db: Reader,
  filters: readonly Filter[],
  most: number,
  after = "",
): Promise<{ tasks: Document[]; last: string | null }> {
  const budget = new ReadBudget(EARLY_TASKS_BYTES);
  const tasks: Document[] = [];
  let read = 0;
  let last = after;
  // Not by `paginate`, which a function may only use once.
  for await (const document of db
    .query("mastra_documents")
    .withIndex("by_table_primary", (q) =>
      q.eq("table", BACKGROUND_TASKS).gt("primaryKey", after),
    )) {
    if (read === most || budget.isSpent) return { tasks, last };
    read++;
    last = document.primaryKey;
    budget.spend(document);
    if (!hasValues(document.record as Fields, filters)) continue;
    const [row] = await table.named(db, last);
    if (row === undefined) tasks.push(document);
    else budget.spend(row);
  }
  return { tasks, last: null };
}

/** Deletes tasks wherever they are, and says how many of the ids one call could. */
export async function removeTasks(db: Writer, ids: string[]): Promise<number> {
  const budget = new ReadBudget(BYTES_TO_DELETE);
  for (const [done, id] of ids.entries()) {
    if (budget.isSpent) return done;
    const [row] = await table.named(db, id);
    const early = await documentOf(db, BACKGROUND_TASKS, id);
    for (const stored of [row, early]) {
      if (!stored) continue;
      budget.spendToWrite(stored);
      await db.delete(stored._id as Document["_id"]);
    }
  }
  return ids.length;
}

function hasValues(record: Fields, filters: readonly Filter[]): boolean {
  return filters.every(({ field, value }) =>
    [field, SPELLINGS.get(field) ?? field].some(
      (name) =>
        Object.hasOwn(record, name) &&
        matches(record, [{ field: name, value }]),
    ),
  );
}

function isMissingTable(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.message.includes(BACKGROUND_TASKS) &&
    /not found|does not exist/i.test(error.message)
  );
}
