/**
 * Schedules and the record of their firings: what `aioconvex.mastra` reads of them.
 * They are written by the storage handler, each change in one transaction. Times
 * are epoch milliseconds.
 */
import { v } from "convex/values";

import { query } from "./access";
import { type Row, rowWithId, select } from "./lookup";
import { type Doc, documentOf } from "./model";
import { partArgs, partOf, readPart, selectedPart } from "./parts";
import { dueSchedules, triggersOf } from "./scheduleRequests";

const SCHEDULES = "mastra_schedules";
const TRIGGERS = "mastra_schedule_triggers";

const scheduleDocument = documentOf(SCHEDULES);
const triggerDocument = documentOf(TRIGGERS);

const optionalText = v.optional(v.string());
const textOrUnset = v.optional(v.union(v.string(), v.null()));
const optionalNumber = v.optional(v.number());

/** The schedule of this id, or null. */
export const get = query({
  args: { id: v.string() },
  returns: v.union(scheduleDocument, v.null()),
  handler: ({ db }, { id }) => rowWithId(db, SCHEDULES, id),
});

/** The trigger of this id, or null. */
export const getTrigger = query({
  args: { id: v.string() },
  returns: v.union(triggerDocument, v.null()),
  handler: ({ db }, { id }) => rowWithId(db, TRIGGERS, id),
});

/**
 * A part of the schedules that have all these values, in no certain order. An owner
 * that is null means those without one.
 */
export const list = query({
  args: {
    status: optionalText,
    workflowId: optionalText,
    ownerType: textOrUnset,
    ownerId: textOrUnset,
    ...partArgs,
  },
  returns: partOf(scheduleDocument),
  handler: async ({ db }, { cursor, ...wanted }) => {
    const filters = [
      { field: "status", value: wanted.status },
      { field: "workflow_id", value: wanted.workflowId },
      { field: "owner_type", value: wanted.ownerType },
      { field: "owner_id", value: wanted.ownerId },
    ].filter(({ value }) => value !== undefined);
    return selectedPart<Schedule>(
      await select(db, { table: SCHEDULES, filters, order: "asc", cursor }),
    );
  },
});

/** A part of the active schedules whose time has come by `now`, longest due first. */
export const due = query({
  args: { now: v.number(), take: optionalNumber, ...partArgs },
  returns: partOf(scheduleDocument),
  handler: ({ db }, { now, take, cursor }) =>
    readPart<Schedule>(dueSchedules(db, now), cursor, take),
});

/**
 * A part of a schedule's triggers, newest first: those that fired from one time on and
 * before another.
 */
export const triggers = query({
  args: {
    scheduleId: v.string(),
    fromActualFireAt: optionalNumber,
    toActualFireAt: optionalNumber,
    take: optionalNumber,
    ...partArgs,
  },
  returns: partOf(triggerDocument),
  handler: ({ db }, { scheduleId, cursor, take, ...bounds }) => {
    const { fromActualFireAt: from, toActualFireAt: to } = bounds;
    const fired = triggersOf(db, scheduleId, from, to);
    return readPart<Trigger>(fired.order("desc"), cursor, take);
  },
});

type Schedule = Row & Doc<typeof SCHEDULES>;
type Trigger = Doc<typeof TRIGGERS>;
