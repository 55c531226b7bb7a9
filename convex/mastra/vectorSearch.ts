/**
 * Approximate search of `mastra_vectors` through the table's own vector index, as
 * `createVectorTable` defines it: fast however many vectors there are.
 */
import { internalQueryGeneric, makeFunctionReference } from "convex/server";
import { type Infer, type ObjectType, v } from "convex/values";

import { action } from "./access";
import type { Reader } from "./model";
import { vectorIndexOf } from "./nativeIndexes";
import { rowsByConvexId } from "./nativeRows";
import { bytesOf } from "./vectorBytes";
import { requireTopK } from "./vectors";

const TABLE = "mastra_vectors";
const NATIVE_INDEX = "by_embedding";

const neighbourArgs = {
  indexName: v.string(),
  dimension: v.number(),
  /** Ids of Convex. */
  ids: v.array(v.string()),
  includeVector: v.boolean(),
};
const neighbourRows = v.object({
  rows: v.array(
    v.object({
      _id: v.string(),
      id: v.string(),
      metadata: v.any(),
      embedding: v.optional(v.array(v.float64())),
    }),
  ),
  /** How many of the ids were looked at. */
  done: v.number(),
});

/**
 * The vectors of an index nearest to one, best first; `embeddings` has them one
 * after the other, if they are wanted. Null where this way cannot answer: the
 * table has no native index for as many dimensions, or there is no such index.
 *
 * @throws ConvexError `InvalidTopK`.
 */
export const nearest = action({
  args: {
    indexName: v.string(),
    queryVector: v.array(v.float64()),
    topK: v.number(),
    includeVector: v.boolean(),
  },
  returns: v.union(
    v.null(),
    v.object({
      ids: v.array(v.string()),
      scores: v.array(v.number()),
      /** As stored, or null. */
      metadata: v.array(v.any()),
      embeddings: v.optional(v.bytes()),
    }),
  ),
  handler: async (ctx, { indexName, queryVector, topK, includeVector }) => {
    requireTopK(topK, "topK");
    const dimension = queryVector.length;
    if (!searches(dimension)) return null;
    const found = await ctx.vectorSearch(TABLE, NATIVE_INDEX, {
      vector: queryVector,
      limit: topK,
      filter: (q) => q.eq("indexName", indexName),
    });
    const scores = new Map(found.map(({ _id, _score }) => [`${_id}`, _score]));
    const rows: Infer<typeof neighbourRows>["rows"] = [];
    let left = [...scores.keys()];
    do {
      const part = await ctx.runQuery(readNeighbours, {
        ...{ indexName, dimension, includeVector },
        ids: left,
      });
      if (part === null) return null;
      rows.push(...part.rows);
      left = left.slice(part.done);
    } while (left.length > 0);
    return {
      ids: rows.map(({ id }) => id),
      scores: rows.map(({ _id }) => scores.get(_id)!),
      metadata: rows.map(({ metadata }) => metadata),
      ...(includeVector && {
        embeddings: bytesOf(rows.map(({ embedding }) => embedding!)),
      }),
    };
  },
});

/** What `nearest` reads of the vectors it found; null if there is no such index. */
export const neighbours = internalQueryGeneric({
  args: neighbourArgs,
  returns: v.union(v.null(), neighbourRows),
  handler: async (
    { db }: { db: Reader },
    { indexName, dimension, ...found },
  ) => {
    const index = await db
      .query("mastra_vector_indexes")
      .withIndex("by_name", (q) => q.eq("indexName", indexName))
      .first();
    if (index?.dimension !== dimension) return null;
    const { rows, done } = await rowsByConvexId(
      db,
      { table: TABLE, vectorField: "embedding" },
      found.ids,
      found.includeVector,
    );
    return {
      rows: rows.map(({ _id, id, metadata = null, embedding }) => ({
        _id: _id as string,
        id: id as string,
        metadata,
        ...(found.includeVector && { embedding: embedding as number[] }),
      })),
      done,
    };
  },
});

const readNeighbours = makeFunctionReference<
  "query",
  ObjectType<typeof neighbourArgs>,
  Infer<typeof neighbourRows> | null
>("mastra/vectorSearch:neighbours");

/** Whether the schema has the table searched by vectors of so many numbers. */
function searches(dimension: number): boolean {
  const index = vectorIndexOf(TABLE, NATIVE_INDEX);
  return (
    index !== undefined &&
    !index.staged &&
    index.vectorField === "embedding" &&
    index.dimensions === dimension &&
    index.filterFields.includes("indexName")
  );
}
