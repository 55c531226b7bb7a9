/**
 * Reads of Mastra's tables: live queries, cursor pages, counts and exact vector
 * search. Every read goes through an index and is bounded. Rows are returned as
 * stored; a message's `content` and a workflow's `snapshot` are JSON text.
 */
import { type GenericValidator, v } from "convex/values";

import { query } from "./access";
import { rowWithId } from "./lookup";
import { type Doc, type Reader, documentOf } from "./model";
import {
  type Source,
  countRows,
  firstRows,
  orderValidator,
  page,
} from "./paging";
import { countRuns, newestRuns, pageOfRuns } from "./runLists";
import { liveRun } from "./runRows";
import { DEFAULT_TOP_K, searchIndex } from "./vectors";

const threadDocument = documentOf("mastra_threads");
const messageDocument = documentOf("mastra_messages");
const resourceDocument = documentOf("mastra_resources");
const workflowDocument = documentOf("mastra_workflow_snapshots");

const limit = v.optional(v.number());
const order = v.optional(orderValidator);
const cursor = v.optional(v.string());
const workflowFilter = {
  workflowName: v.optional(v.string()),
  resourceId: v.optional(v.string()),
};

const count = v.object({ count: v.number(), isEstimate: v.boolean() });

/** The thread with this id, or null. */
export const watchThread = query({
  args: { threadId: v.string() },
  returns: v.union(threadDocument, v.null()),
  handler: (ctx, { threadId }) => rowWithId(ctx.db, "mastra_threads", threadId),
});

/** A thread's first messages by `createdAt`: 100 unless told, at most 1000. */
export const watchMessages = query({
  args: { threadId: v.string(), limit, order },
  returns: v.array(messageDocument),
  handler: (ctx, { threadId, limit = 100, order = "asc" }) =>
    firstRows(messagesOf(ctx.db, threadId), order, limit),
});

/** A resource's threads by `createdAt`, newest first, 50 unless told. */
export const watchThreadsByResource = query({
  args: { resourceId: v.string(), limit, order },
  returns: v.array(threadDocument),
  handler: (ctx, { resourceId, limit = 50, order = "desc" }) =>
    firstRows(threadsOf(ctx.db, resourceId), order, limit),
});

/** The stored snapshot of a workflow run, or null. */
export const watchWorkflowRun = query({
  args: { workflowName: v.string(), runId: v.string() },
  returns: v.union(workflowDocument, v.null()),
  handler: (ctx, { workflowName, runId }) =>
    liveRun(ctx.db, workflowName, runId),
});

/** The newest workflow runs that pass both filters, 50 unless told. */
export const watchWorkflowRuns = query({
  args: { ...workflowFilter, limit },
  returns: v.array(workflowDocument),
  handler: (ctx, { limit = 50, ...filter }) =>
    newestRuns(ctx.db, filter, limit),
});

/** The resource with this id, or null. */
export const watchResource = query({
  args: { resourceId: v.string() },
  returns: v.union(resourceDocument, v.null()),
  handler: (ctx, { resourceId }) =>
    rowWithId(ctx.db, "mastra_resources", resourceId),
});

/** The number of a thread's messages; above 1000 an estimate of 1000. */
export const countMessages = query({
  args: { threadId: v.string() },
  returns: count,
  handler: (ctx, { threadId }) => countRows(messagesOf(ctx.db, threadId)),
});

/** The number of threads, of one resource if given; exact up to 1000. */
export const countThreads = query({
  args: { resourceId: v.optional(v.string()) },
  returns: count,
  handler: (ctx, { resourceId }) => countRows(threadsOf(ctx.db, resourceId)),
});

/** The number of workflow runs that pass both filters; exact up to 1000. */
export const countWorkflowRuns = query({
  args: workflowFilter,
  returns: count,
  handler: (ctx, filter) => countRuns(ctx.db, filter),
});

/** One page of a thread's messages by `createdAt`, oldest first unless told. */
export const paginatedMessages = query({
  args: { threadId: v.string(), cursor, limit, order },
  returns: pageOf(messageDocument),
  handler: (ctx, { threadId, cursor, limit = 50, order = "asc" }) =>
    page({
      source: messagesOf(ctx.db, threadId),
      list: ["messages", threadId],
      order,
      cursor,
      limit,
    }),
});

/** One page of a resource's threads by `createdAt`, newest first unless told. */
export const paginatedThreads = query({
  args: { resourceId: v.string(), cursor, limit, order },
  returns: pageOf(threadDocument),
  handler: (ctx, { resourceId, cursor, limit = 50, order = "desc" }) =>
    page({
      source: threadsOf(ctx.db, resourceId),
      list: ["threads", resourceId],
      order,
      cursor,
      limit,
    }),
});

/** One page of the workflow runs that pass both filters, newest first. */
export const paginatedWorkflowRuns = query({
  args: { ...workflowFilter, cursor, limit },
  returns: pageOf(workflowDocument),
  handler: (ctx, { cursor, limit = 50, ...filter }) =>
    pageOfRuns(ctx.db, filter, limit, cursor),
});

/**
 * The `topK` vectors of an index nearest to `queryVector` by cosine similarity,
 * best first. Exact: it compares every vector of the index, and refuses an index
 * too large for that rather than return wrong neighbours.
 */
export const vectorSearch = query({
  args: {
    indexName: v.string(),
    queryVector: v.array(v.float64()),
    topK: v.optional(v.number()),
    includeVector: v.optional(v.boolean()),
  },
  returns: v.array(
    v.object({
      id: v.string(),
      score: v.number(),
      metadata: v.any(),
      vector: v.optional(v.array(v.float64())),
    }),
  ),
  handler: (ctx, { topK = DEFAULT_TOP_K, includeVector = false, ...search }) =>
    searchIndex(ctx.db, { topK, includeVector, ...search }),
});

function pageOf<Row extends GenericValidator>(row: Row) {
  return v.object({
    items: v.array(row),
    nextCursor: v.optional(v.string()),
    hasMore: v.boolean(),
  });
}

function messagesOf(
  db: Reader,
  threadId: string,
): Source<Doc<"mastra_messages">> {
  return (slice, order) =>
    db
      .query("mastra_messages")
      .withIndex("by_thread_created", (q) => slice(q.eq("thread_id", threadId)))
      .order(order);
}

function threadsOf(
  db: Reader,
  resourceId: string | undefined,
): Source<Doc<"mastra_threads">> {
  const threads = db.query("mastra_threads");
  return (slice, order) =>
    (resourceId === undefined
      ? threads.withIndex("by_created", slice)
      : threads.withIndex("by_resource_created", (q) =>
          slice(q.eq("resourceId", resourceId)),
        )
    ).order(order);
}
