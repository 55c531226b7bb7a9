/**
 * Tables of vectors that Convex's own vector index searches, one for each index:
 *
 * ```ts
 * export default defineSchema({
 *   ...mastraTables,
 *   articles: defineMastraNativeVectorTable({ dimensions: 1536 }),
 * });
 * ```
 *
 * A table whose vectors are filtered by fields of their metadata is written by
 * hand: it has these fields as columns of its own too, named in `filterFields`.
 *
 * ```ts
 *   products: defineTable({
 *     id: v.string(),
 *     embedding: v.array(v.float64()),
 *     metadata: v.optional(v.any()),
 *     category: v.optional(v.string()),
 *   })
 *     .index("by_record_id", ["id"])
 *     .vectorIndex("by_embedding", {
 *       vectorField: "embedding",
 *       dimensions: 1536,
 *       filterFields: ["category"],
 *     }),
 * ```
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";

import { requireDimensions } from "./tables";

export interface NativeVectorTable {
  /** An integer from 2 to 4096. */
  dimensions: number;
  /** The name of the table's vector index: `by_embedding` unless told. */
  vectorIndexName?: string;
  /** Whether Convex only builds the index yet, and nobody searches it. */
  staged?: boolean;
}

/**
 * A table of vectors with a native vector index.
 *
 * @throws RangeError for a number of dimensions that Convex has no index for.
 */
export function defineMastraNativeVectorTable({
  dimensions,
  vectorIndexName = "by_embedding",
  staged = false,
}: NativeVectorTable) {
  requireDimensions(dimensions);
  return defineTable({
    id: v.string(),
    embedding: v.array(v.float64()),
    metadata: v.optional(v.any()),
  })
    .index("by_record_id", ["id"])
    .vectorIndex(vectorIndexName, {
      vectorField: "embedding",
      dimensions,
      // The types tell the two values apart.
      staged: staged as false,
    });
}
