/**
 * Messages: lists in windows, and writes that also touch the threads they change,
 * in one transaction. Where one call may not do all, `rest` is what is left to ask
 * for. A message's `content` travels as it is stored, as JSON text.
 */
import { v } from "convex/values";

import { mutation, query } from "./access";
import {
  listArgs,
  messageDocument,
  messageWithId,
  messagesWithIds,
  scanMessages,
  surroundings,
  targetValidator,
} from "./messageLists";
import {
  assignMessages,
  copyMessages,
  removeMessages,
  saveMessages,
  updateMessages,
} from "./messageWrites";
import { ReadBudget, scanOf } from "./scan";
import { mastraTables } from "./tables";
import { threadRow } from "./threadRows";

const messageRow = v.object(mastraTables.mastra_messages.validator.fields);

const ownerValidator = v.object({
  id: v.string(),
  resourceId: v.optional(v.string()),
});

/**
 * A window of the messages of threads, or of a resource, by `createdAt`, oldest
 * first unless told. Threads and a resource together restrict each other.
 */
export const scan = query({
  args: listArgs,
  returns: scanOf(messageDocument),
  handler: (ctx, request) => scanMessages(ctx.db, request),
});

/** The messages with these ids, in the order of the ids. */
export const byIds = query({
  args: { ids: v.array(v.string()) },
  returns: v.object({
    items: v.array(messageDocument),
    rest: v.array(v.string()),
  }),
  handler: (ctx, { ids }) => messagesWithIds(ctx.db, ids),
});

/** Messages and the ones before and after them in their threads. */
export const around = query({
  args: {
    targets: v.array(targetValidator),
    resourceId: v.optional(v.string()),
  },
  returns: v.object({
    items: v.array(messageDocument),
    rest: v.array(targetValidator),
  }),
  handler: (ctx, { targets, resourceId }) =>
    surroundings(ctx.db, targets, resourceId),
});

/** Stores messages, each in place of the one with its id. */
export const save = mutation({
  args: { messages: v.array(messageRow) },
  returns: v.null(),
  handler: async (ctx, { messages }) => {
    await saveMessages(ctx.db, messages);
    return null;
  },
});

/** Changes messages, and merges their contents; the changed ones, in order. */
export const update = mutation({
  args: {
    updates: v.array(
      v.object({
        id: v.string(),
        thread_id: v.optional(v.string()),
        resourceId: v.optional(v.string()),
        role: v.optional(v.string()),
        type: v.optional(v.string()),
        content: v.optional(v.string()),
        createdAt: v.optional(v.string()),
      }),
    ),
  },
  returns: v.array(messageDocument),
  handler: (ctx, { updates }) => updateMessages(ctx.db, updates),
});

/** Deletes messages; unknown ids are no fault. */
export const remove = mutation({
  args: { ids: v.array(v.string()) },
  returns: v.object({ rest: v.array(v.string()) }),
  handler: async (ctx, { ids }) => ({
    rest: await removeMessages(ctx.db, ids),
  }),
});

/**
 * Copies messages into a thread, under new ids and in this order. With the last
 * of them it stores the thread, which must be new; `rest` counts the copies that
 * were not made.
 */
export const copy = mutation({
  args: {
    copies: v.array(v.object({ id: v.string(), newId: v.string() })),
    threadId: v.string(),
    resourceId: v.optional(v.string()),
    thread: v.optional(threadRow),
  },
  returns: v.object({ made: v.array(v.string()), rest: v.number() }),
  handler: (ctx, request) => copyMessages(ctx.db, request),
});

/**
 * Gives a thread's messages to another resource, a part of them in each call, and
 * with the last of them the thread. Answers whose the changed messages were.
 */
export const assign = mutation({
  args: {
    threadId: v.string(),
    resourceId: v.string(),
    cursor: v.optional(v.string()),
  },
  returns: v.object({
    owners: v.array(ownerValidator),
    nextCursor: v.optional(v.string()),
  }),
  handler: (ctx, request) => assignMessages(ctx.db, request),
});

/** Gives messages back to whom `assign` said they belonged. */
export const restoreOwners = mutation({
  args: { owners: v.array(ownerValidator) },
  returns: v.object({ rest: v.array(ownerValidator) }),
  handler: async (ctx, { owners }) => {
    const budget = new ReadBudget();
    for (const [place, { id, resourceId }] of owners.entries()) {
      if (budget.isSpent) return { rest: owners.slice(place) };
      const row = await messageWithId(ctx.db, id);
      if (row === null) continue;
      budget.spendToWrite(row);
      await ctx.db.patch(row._id, { resourceId });
    }
    return { rest: [] };
  },
});
