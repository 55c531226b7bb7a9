/** Schedules and the record of their firings, as requests see them. */
import { checkColumns, recordId } from "./columns";
import { checkSize } from "./documentSize";
import { refusal } from "./errors";
import { MAX_ROWS_READ, anyTable, rowWithId } from "./lookup";
import type { Reader, Writer } from "./model";
import {
  type Fields,
  type Request,
  invalid,
  nullableText,
  number,
  object,
  optionalNumber,
  text,
} from "./requests";
import { type Answer, withoutSystemFields } from "./rows";
import { writableRows } from "./scan";

const SCHEDULES = "mastra_schedules";
const TRIGGERS = "mastra_schedule_triggers";

// The protocol's own bounds.
const DEFAULT_LIMIT = 100;
const ROWS_PER_DELETION = 25;

/** Stores a schedule of an id that is not taken. */
export function createSchedule(db: Writer, request: Request) {
  return insertNew(db, SCHEDULES, "Schedule", object(request, "record"));
}

/** Stores a trigger of an id that is not taken. */
export function recordScheduleTrigger(db: Writer, request: Request) {
  return insertNew(db, TRIGGERS, "Schedule trigger", object(request, "record"));
}

/** Active schedules whose time has come by `now`, the longest due first. */
export async function listDueSchedules(
  db: Reader,
  request: Request,
): Promise<Answer> {
  const due = dueSchedules(db, number(request, "now"));
  return { result: await due.take(limitOf(request)) };
}

/**
 * Moves an active schedule on, if it still is where the caller believes it to
 * be. Answers whether it was: of several callers one wins.
 */
export async function updateScheduleNextFire(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const expected = number(request, "expectedNextFireAt");
  const changes = {
    next_fire_at: number(request, "newNextFireAt"),
    last_fire_at: optionalNumber(request, "lastFireAt") ?? null,
    last_run_id: nullableText(request, "lastRunId") ?? null,
    updated_at: Date.now(),
  };
  const row = await rowWithId(db, SCHEDULES, text(request, "id"));
  if (row?.status !== "active" || row.next_fire_at !== expected) {
    return { result: false };
  }
  await db.patch(row._id, changes);
  return { result: true };
}

/**
 * Changes columns of a schedule and answers its row.
 *
 * @throws ConvexError `ScheduleNotFound`.
 */
export async function updateSchedule(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const id = text(request, "id");
  const { id: _, ...changes } = withoutSystemFields(object(request, "patch"));
  checkColumns(SCHEDULES, changes, false);
  const row = await rowWithId(db, SCHEDULES, id);
  if (row === null) {
    throw refusal("ScheduleNotFound", `Schedule ${id} not found.`);
  }
  checkSize({ ...row, ...changes });
  await anyTable(db).patch(row._id, changes);
  return { result: { ...row, ...changes } };
}

/** Triggers of a schedule from one time (inclusive) to another, newest first. */
export async function listScheduleTriggers(
  db: Reader,
  request: Request,
): Promise<Answer> {
  const triggers = triggersOf(
    db,
    text(request, "scheduleId"),
    optionalNumber(request, "fromActualFireAt"),
    optionalNumber(request, "toActualFireAt"),
  );
  return { result: await triggers.order("desc").take(limitOf(request)) };
}

/** Deletes some triggers of a schedule; repeat it while it says `hasMore`. */
export async function deleteScheduleTriggers(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const triggers = triggersOf(db, text(request, "scheduleId"));
  const { rows, hasMore } = await writableRows(triggers, ROWS_PER_DELETION);
  for (const { _id } of rows) await db.delete(_id);
  return { hasMore };
}

/** Active schedules whose time has come by `now`, the longest due first. */
export function dueSchedules(db: Reader, now: number) {
  return db
    .query(SCHEDULES)
    .withIndex("by_status_next_fire_at", (q) =>
      q.eq("status", "active").lte("next_fire_at", now),
    );
}

/** Triggers of a schedule that fired from one time on and before another. */
export function triggersOf(
  db: Reader,
  scheduleId: string,
  from = -Infinity,
  to = Infinity,
) {
  return db
    .query(TRIGGERS)
    .withIndex("by_schedule_actual", (q) =>
      q
        .eq("schedule_id", scheduleId)
        .gte("actual_fire_at", from)
        .lt("actual_fire_at", to),
    );
}

async function insertNew(
  db: Writer,
  table: typeof SCHEDULES | typeof TRIGGERS,
  what: string,
  record: Fields,
): Promise<Answer> {
  const id = recordId(record);
  checkColumns(table, record, true);
  const taken = await rowWithId(db, table, id);
  if (taken !== null) {
    throw refusal("AlreadyExists", `${what} with id "${id}" already exists.`);
  }
  checkSize(record);
  await anyTable(db).insert(table, record);
  return {};
}

/** Anything but a finite number means the default, as in the published handler. */
function limitOf({ limit }: Request): number {
  if (limit === undefined || limit === null) return DEFAULT_LIMIT;
  if (typeof limit !== "number") throw invalid("limit must be a number");
  if (!Number.isFinite(limit)) return DEFAULT_LIMIT;
  return Math.min(Math.max(0, Math.floor(limit)), MAX_ROWS_READ);
}
