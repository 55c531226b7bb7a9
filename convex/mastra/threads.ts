/**
 * Threads: lists in windows, and writes that lose no concurrent change. Metadata
 * travels as JSON text, so that it may have any keys.
 */
import { v } from "convex/values";

import { mutation, query } from "./access";
import { checkSize } from "./documentSize";
import { messagesOf } from "./messageLists";
import {
  mergedMetadata,
  metadataOf,
  parseMetadata,
  sameValue,
} from "./metadata";
import { type Reader, documentOf } from "./model";
import { type Source, type Timestamp, orderValidator } from "./paging";
import {
  counting,
  scan as scanRows,
  scanArgs,
  scanOf,
  writableRows,
} from "./scan";
import {
  type Thread,
  columnsOf,
  laterThan,
  threadRow,
  threadWithId,
} from "./threadRows";

const threadDocument = documentOf("mastra_threads");

/**
 * A window of the threads of a resource, or of all, newest first unless told.
 * Those pass whose metadata has all given keys with equal values.
 */
export const scan = query({
  args: {
    resourceId: v.optional(v.string()),
    metadata: v.optional(v.string()),
    by: v.optional(v.union(v.literal("createdAt"), v.literal("updatedAt"))),
    order: v.optional(orderValidator),
    ...scanArgs,
    counting,
  },
  returns: scanOf(threadDocument),
  handler: (ctx, request) => {
    const { resourceId, metadata, by = "createdAt", order = "desc" } = request;
    const { skip, take, cursor, counting } = request;
    const wanted = metadata === undefined ? {} : metadataOf(metadata);
    return scanRows({
      source: threadsOf(ctx.db, by, resourceId),
      order,
      by,
      stable: true,
      list: ["threads", resourceId ?? null, wanted],
      cursor,
      skip,
      take,
      counting,
      accepts: (row) => carries(row, Object.entries(wanted)),
    });
  },
});

/** Stores a thread, in place of the one with its id. */
export const save = mutation({
  args: { thread: threadRow },
  returns: v.null(),
  handler: async (ctx, { thread }) => {
    const row = await threadWithId(ctx.db, thread.id);
    const columns = columnsOf(thread);
    if (row === null) await ctx.db.insert("mastra_threads", columns);
    else await ctx.db.patch(row._id, columns);
    return null;
  },
});

/**
 * Sets the title and merges the metadata one level deep, each if given. The
 * updated thread, or null if there is none.
 */
export const update = mutation({
  args: {
    threadId: v.string(),
    title: v.optional(v.string()),
    metadata: v.optional(v.string()),
  },
  returns: v.union(threadDocument, v.null()),
  handler: async (ctx, { threadId, title, metadata }) => {
    const row = await threadWithId(ctx.db, threadId);
    if (row === null) return null;
    const changes = {
      ...(title === undefined ? {} : { title }),
      ...(metadata === undefined
        ? {}
        : { metadata: mergedMetadata(row.metadata, metadataOf(metadata)) }),
      updatedAt: laterThan(row.updatedAt),
    };
    const updated = { ...row, ...changes };
    checkSize(updated);
    await ctx.db.patch(row._id, changes);
    return updated;
  },
});

/**
 * Merges metadata into a thread that is still as its caller saw it. The thread as
 * it is now, or null if there is none, and whether it was updated.
 */
export const updateIfSame = mutation({
  args: {
    threadId: v.string(),
    seen: v.object({
      title: v.string(),
      resourceId: v.string(),
      metadata: v.string(),
    }),
    metadata: v.string(),
  },
  returns: v.object({
    thread: v.union(threadDocument, v.null()),
    updated: v.boolean(),
  }),
  handler: async (ctx, { threadId, seen, metadata }) => {
    const row = await threadWithId(ctx.db, threadId);
    const same =
      row !== null &&
      row.title === seen.title &&
      row.resourceId === seen.resourceId &&
      sameValue(parseMetadata(row.metadata), metadataOf(seen.metadata));
    if (!same) return { thread: row, updated: false };
    const changes = {
      metadata: mergedMetadata(row.metadata, metadataOf(metadata)),
      updatedAt: laterThan(row.updatedAt),
    };
    const thread = { ...row, ...changes };
    checkSize(thread);
    await ctx.db.patch(row._id, changes);
    return { thread, updated: true };
  },
});

/**
 * Deletes a part of a thread's messages, and with the last of them the thread.
 * Repeat it while the answer says `hasMore`.
 */
export const remove = mutation({
  args: { threadId: v.string() },
  returns: v.object({ hasMore: v.boolean() }),
  handler: async (ctx, { threadId }) => {
    const source = messagesOf(ctx.db, threadId);
    const { rows, hasMore } = await writableRows(source((all) => all, "asc"));
    for (const row of rows) await ctx.db.delete(row._id);
    if (hasMore) return { hasMore };
    const thread = await threadWithId(ctx.db, threadId);
    if (thread !== null) await ctx.db.delete(thread._id);
    return { hasMore: false };
  },
});

function threadsOf(
  db: Reader,
  by: Timestamp,
  resourceId: string | undefined,
): Source<Thread> {
  const threads = db.query("mastra_threads");
  return (slice, order) => {
    if (resourceId === undefined) {
      return (
        by === "createdAt"
          ? threads.withIndex("by_created", slice)
          : threads.withIndex("by_updated", slice)
      ).order(order);
    }
    return (
      by === "createdAt"
        ? threads.withIndex("by_resource_created", (q) =>
            slice(q.eq("resourceId", resourceId)),
          )
        : threads.withIndex("by_resource_updated", (q) =>
            slice(q.eq("resourceId", resourceId)),
          )
    ).order(order);
  };
}

function carries(row: Thread, wanted: [string, unknown][]): boolean {
  if (wanted.length === 0) return true;
  const metadata = parseMetadata(row.metadata);
  return wanted.every(
    ([key, value]) =>
      Object.hasOwn(metadata, key) && sameValue(metadata[key], value),
  );
}
