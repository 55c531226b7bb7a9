/**
 * Mastra's tables. A project of its own adds them to its schema:
 *
 * ```ts
 * export default defineSchema({ ...mastraTables, myTable: defineTable({ … }) });
 * ```
 *
 * Columns named in the wire format of `@mastra/convex` keep its mix of
 * snake_case and camelCase. Times are JavaScript ISO strings with milliseconds
 * and `Z`: they are indexed, and so ordered, as text.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";

import { serviceTables } from "./serviceTables";

/** Embedding sizes of widely used models, for {@link createVectorTable}. */
export const COMMON_EMBEDDING_DIMENSIONS = {
  OPENAI_ADA_002: 1536,
  OPENAI_3_SMALL: 1536,
  OPENAI_3_LARGE: 3072,
  COHERE_V3: 1024,
  VOYAGE_02: 1024,
} as const;

// What Convex accepts for a vector index.
const MIN_DIMENSIONS = 2;
const MAX_DIMENSIONS = 4096;

/**
 * A vectors table with a native vector index `by_embedding` of `dimensions`
 * numbers, filterable by `indexName`. One table holds one dimension; a project
 * that uses several models defines several tables.
 *
 * @param dimensions - An integer from 2 to 4096; anything else throws.
 */
export function createVectorTable(dimensions: number) {
  requireDimensions(dimensions);
  return defineTable({
    id: v.string(),
    indexName: v.string(),
    embedding: v.array(v.float64()),
    metadata: v.optional(v.any()),
  })
    .index("by_index_id", ["indexName", "id"])
    .index("by_index", ["indexName"])
    .vectorIndex("by_embedding", {
      vectorField: "embedding",
      dimensions,
      filterFields: ["indexName"],
    });
}

/** @throws RangeError for a number of dimensions that Convex has no index for. */
export function requireDimensions(dimensions: number) {
  if (
    !Number.isInteger(dimensions) ||
    dimensions < MIN_DIMENSIONS ||
    dimensions > MAX_DIMENSIONS
  ) {
    throw new RangeError(
      `A vector table has an integer number of dimensions from ${MIN_DIMENSIONS} to ${MAX_DIMENSIONS}, not ${dimensions}.`,
    );
  }
}

const threads = defineTable({
  id: v.string(),
  resourceId: v.string(),
  title: v.string(),
  metadata: v.optional(v.any()),
  createdAt: v.string(),
  updatedAt: v.string(),
})
  .index("by_record_id", ["id"])
  .index("by_resource", ["resourceId"])
  .index("by_created", ["createdAt"])
  .index("by_updated", ["updatedAt"])
  // Ours: `by_resource` is ordered by insertion, and lists promise `createdAt`.
  .index("by_resource_created", ["resourceId", "createdAt"])
  .index("by_resource_updated", ["resourceId", "updatedAt"]);

const messages = defineTable({
  id: v.string(),
  thread_id: v.string(),
  content: v.string(),
  role: v.string(),
  type: v.string(),
  createdAt: v.string(),
  resourceId: v.optional(v.string()),
})
  .index("by_record_id", ["id"])
  .index("by_thread", ["thread_id"])
  .index("by_thread_created", ["thread_id", "createdAt"])
  .index("by_resource", ["resourceId"])
  // Ours: as of threads.
  .index("by_resource_created", ["resourceId", "createdAt"]);

const resources = defineTable({
  id: v.string(),
  workingMemory: v.optional(v.string()),
  metadata: v.optional(v.any()),
  createdAt: v.string(),
  updatedAt: v.string(),
})
  .index("by_record_id", ["id"])
  .index("by_updated", ["updatedAt"]);

const workflowSnapshots = defineTable({
  // Rows of early releases have no id.
  id: v.optional(v.string()),
  workflow_name: v.string(),
  run_id: v.string(),
  resourceId: v.optional(v.string()),
  // JSON text; rows of early releases hold the object itself.
  snapshot: v.any(),
  createdAt: v.string(),
  updatedAt: v.string(),
})
  .index("by_record_id", ["id"])
  .index("by_workflow_run", ["workflow_name", "run_id"])
  .index("by_workflow", ["workflow_name"])
  .index("by_resource", ["resourceId"])
  .index("by_created", ["createdAt"])
  // Ours: one index per combination of filters, each ending in `createdAt`, so
  // that "newest first" reads no row that it does not return.
  .index("by_workflow_created", ["workflow_name", "createdAt"])
  .index("by_resource_created", ["resourceId", "createdAt"])
  .index("by_workflow_resource_created", [
    "workflow_name",
    "resourceId",
    "createdAt",
  ])
  // Ours: finds a run whose workflow is not known.
  .index("by_run_created", ["run_id", "createdAt"]);

const scorers = defineTable({
  id: v.string(),
  scorerId: v.string(),
  traceId: v.optional(v.string()),
  spanId: v.optional(v.string()),
  runId: v.string(),
  scorer: v.any(),
  preprocessStepResult: v.optional(v.any()),
  extractStepResult: v.optional(v.any()),
  analyzeStepResult: v.optional(v.any()),
  score: v.float64(),
  reason: v.optional(v.string()),
  metadata: v.optional(v.any()),
  preprocessPrompt: v.optional(v.string()),
  extractPrompt: v.optional(v.string()),
  generateScorePrompt: v.optional(v.string()),
  generateReasonPrompt: v.optional(v.string()),
  analyzePrompt: v.optional(v.string()),
  reasonPrompt: v.optional(v.string()),
  input: v.any(),
  output: v.any(),
  additionalContext: v.optional(v.any()),
  requestContext: v.optional(v.any()),
  entityType: v.optional(v.string()),
  entity: v.optional(v.any()),
  entityId: v.optional(v.string()),
  source: v.string(),
  resourceId: v.optional(v.string()),
  threadId: v.optional(v.string()),
  organizationId: v.optional(v.string()),
  projectId: v.optional(v.string()),
  batchId: v.optional(v.string()),
  datasetId: v.optional(v.string()),
  datasetItemId: v.optional(v.string()),
  createdAt: v.string(),
  updatedAt: v.string(),
})
  .index("by_record_id", ["id"])
  .index("by_scorer", ["scorerId"])
  .index("by_entity", ["entityId", "entityType"])
  .index("by_run", ["runId"])
  .index("by_created", ["createdAt"])
  // Ours: "newest first" for each list, and for spans an index at all.
  .index("by_scorer_created", ["scorerId", "createdAt"])
  .index("by_run_created", ["runId", "createdAt"])
  .index("by_entity_created", ["entityId", "entityType", "createdAt"])
  .index("by_span_created", ["traceId", "spanId", "createdAt"]);

const vectorIndexes = defineTable({
  id: v.string(),
  indexName: v.string(),
  dimension: v.float64(),
  metric: v.string(),
  createdAt: v.string(),
})
  .index("by_record_id", ["id"])
  .index("by_name", ["indexName"]);

// Ours: how often an index's vectors were written, by which a client knows whether
// what it holds of them is current. In shards, since transactions that write one
// row conflict.
const vectorVersions = defineTable({
  indexName: v.string(),
  shard: v.float64(),
  writes: v.float64(),
}).index("by_shard", ["indexName", "shard"]);

// Where `@mastra/convex` keeps records of tables that it does not define.
const documents = defineTable({
  table: v.string(),
  primaryKey: v.string(),
  record: v.any(),
})
  .index("by_table", ["table"])
  .index("by_table_primary", ["table", "primaryKey"]);

/** Every table that Mastra's functions use, by its name in the deployment. */
export const mastraTables = {
  mastra_threads: threads,
  mastra_messages: messages,
  mastra_resources: resources,
  mastra_workflow_snapshots: workflowSnapshots,
  mastra_scorers: scorers,
  mastra_vector_indexes: vectorIndexes,
  mastra_vectors: createVectorTable(COMMON_EMBEDDING_DIMENSIONS.OPENAI_3_SMALL),
  mastra_vector_versions: vectorVersions,
  mastra_documents: documents,
  ...serviceTables,
};
