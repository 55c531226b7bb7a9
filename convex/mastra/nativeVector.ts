/**
 * Vectors in tables with a native vector index, which Convex searches itself, as
 * `ConvexNativeVector` of `@mastra/convex` and of `aioconvex.mastra` use them.
 *
 * Each function has an internal twin for the deployment's admin, whom the guard
 * in `access.ts` does not know: name `mastra/nativeVector:queryAsAdmin` and so on
 * where a client with an admin key takes the functions' paths.
 */
import {
  type GenericActionCtx,
  internalActionGeneric,
  internalMutationGeneric,
  internalQueryGeneric,
} from "convex/server";
import { type Infer, type ObjectType, v } from "convex/values";

import { action, mutation, query as guardedQuery } from "./access";
import { refusal } from "./errors";
import type { Reader, Writer } from "./model";
import {
  type Config,
  type NativeIndex,
  configValidator,
  nativeIndex,
  requireVector,
} from "./nativeIndexes";
import * as rows from "./nativeRows";
import { MAX_ROWS_SCANNED } from "./scan";
import { bytesOf } from "./vectorBytes";
import { PAGE_BYTES } from "./vectorIndexes";
import { DEFAULT_TOP_K, requireTopK } from "./vectors";

// Convex's own bound.
const MAX_CLAUSES = 64;
const MAX_COUNT = 10_000;

const clause = v.object({
  field: v.string(),
  value: v.union(v.string(), v.number(), v.boolean(), v.null()),
});
type Clause = Infer<typeof clause>;

const searchArgs = {
  config: configValidator,
  vector: v.array(v.float64()),
  limit: v.optional(v.number()),
  // `$or`, as the npm package has it, is no name that Convex takes.
  filter: v.optional(v.union(clause, v.object({ or: v.array(clause) }))),
};

const search = {
  args: searchArgs,
  returns: v.array(v.object({ id: v.string(), score: v.number() })),
  handler: async (
    ctx: GenericActionCtx<any>,
    {
      config,
      vector,
      limit = DEFAULT_TOP_K,
      filter,
    }: ObjectType<typeof searchArgs>,
  ) => {
    requireTopK(limit, "limit");
    const index = searchable(config);
    requireVector(vector, index, "The query vector");
    const clauses = filter && ("or" in filter ? filter.or : [filter]);
    if (clauses) checkClauses(clauses, index);
    if (clauses?.length === 0) return [];
    const found = await ctx.vectorSearch(index.table, index.name, {
      vector,
      limit,
      ...(clauses && {
        filter: (q) =>
          q.or(...clauses.map(({ field, value }) => q.eq(field, value))),
      }),
    });
    return found.map(({ _id, _score }) => ({ id: `${_id}`, score: _score }));
  },
};

/**
 * Finds the vectors nearest to one, best first, among those that pass the filter:
 * their ids in Convex, which `read` takes. Approximate, as Convex's search is.
 *
 * @throws ConvexError `VectorIndexNotFound`, `VectorIndexStaged`,
 * `VectorDimensionMismatch`, `InvalidVector`, `InvalidTopK`, `InvalidFilter` or
 * `InvalidRequest`.
 */
export const query = action(search);
export const queryAsAdmin = internalActionGeneric(search);

const readArgs = {
  op: v.union(
    v.literal("getByConvexIds"),
    v.literal("describe"),
    v.literal("listByIds"),
    v.literal("page"),
  ),
  config: configValidator,
  ids: v.optional(v.array(v.string())),
  includeVector: v.optional(v.boolean()),
  countLimit: v.optional(v.number()),
  /** Where the last `describe` or `page` stopped. */
  cursor: v.optional(v.string()),
};

const reading = {
  args: readArgs,
  returns: v.union(
    v.array(v.any()),
    v.object({
      count: v.number(),
      countIsLimited: v.boolean(),
      cursor: v.optional(v.string()),
    }),
    v.object({
      ids: v.array(v.string()),
      metadata: v.array(v.any()),
      /** How many numbers each vector has; `embeddings` holds them all. */
      lengths: v.array(v.number()),
      embeddings: v.bytes(),
      cursor: v.optional(v.string()),
    }),
  ),
  handler: async (
    { db }: { db: Reader },
    {
      op,
      config,
      ids = [],
      includeVector = false,
      countLimit = MAX_COUNT,
      cursor,
    }: ObjectType<typeof readArgs>,
  ) => {
    const index = nativeIndex(config);
    switch (op) {
      case "getByConvexIds":
        return (await rows.rowsByConvexId(db, index, ids, includeVector)).rows;
      case "listByIds":
        return rows.rowsById(db, index, ids);
      case "describe":
        return count(db, index, countLimit, cursor);
      case "page":
        return page(db, index, cursor);
    }
  },
};

/**
 * Reads rows of an index's table: by their ids in Convex, without vectors unless
 * told; by the ids they were stored under, null for one that is not there; or
 * page after page. `describe` counts rows up to `countLimit` or as far as one
 * call can read, and says with a cursor where to go on.
 *
 * @throws ConvexError `VectorIndexNotFound`, `VectorDimensionMismatch` or
 * `InvalidRequest`.
 */
export const read = guardedQuery(reading);
export const readAsAdmin = internalQueryGeneric(reading);

const writeArgs = {
  op: v.union(
    v.literal("upsert"),
    v.literal("updateById"),
    v.literal("deleteByIds"),
  ),
  config: configValidator,
  ids: v.optional(v.array(v.string())),
  vectors: v.optional(v.array(v.array(v.float64()))),
  /** Objects, or JSON texts of objects; for `updateById` only one. */
  metadata: v.optional(v.any()),
  id: v.optional(v.string()),
  vector: v.optional(v.array(v.float64())),
};

const writing = {
  args: writeArgs,
  returns: v.object({ ok: v.literal(true) }),
  handler: async (
    { db }: { db: Writer },
    {
      op,
      config,
      ids = [],
      vectors = [],
      metadata,
      id = "",
      vector,
    }: ObjectType<typeof writeArgs>,
  ) => {
    const index = nativeIndex(config);
    switch (op) {
      case "upsert":
        await rows.upsert(db, index, ids, vectors, metadata);
        break;
      case "updateById":
        await rows.updateById(db, index, id, vector, metadata);
        break;
      case "deleteByIds":
        await rows.deleteByIds(db, index, ids);
    }
    return { ok: true as const };
  },
};

/**
 * Stores, changes or deletes vectors by the ids that callers give them; what is
 * wrong with one of them leaves all as they were.
 *
 * @throws ConvexError as `read`, or `InvalidVector`, `InvalidRecord` or
 * `DocumentTooLarge`.
 */
export const write = mutation(writing);
export const writeAsAdmin = internalMutationGeneric(writing);

function searchable(config: Config): NativeIndex {
  const index = nativeIndex(config);
  if (index.staged) {
    throw refusal(
      "VectorIndexStaged",
      `Vector index "${index.name}" of table "${index.table}" is staged: ` +
        "deploy the schema without `staged` to search it.",
    );
  }
  return index;
}

function checkClauses(clauses: Clause[], { filterFields }: NativeIndex) {
  if (clauses.length > MAX_CLAUSES) {
    throw refusal(
      "InvalidFilter",
      `A filter has at most ${MAX_CLAUSES} clauses, not ${clauses.length}.`,
    );
  }
  for (const { field } of clauses) {
    if (!filterFields.includes(field)) {
      throw refusal(
        "InvalidFilter",
        `"${field}" is no filter field of the index; there are: ${filterFields.join(", ") || "none"}.`,
      );
    }
  }
}

async function page(db: Reader, index: NativeIndex, from: string | undefined) {
  const { rows: found, ...next } = await rows.readOn(
    db,
    index,
    MAX_ROWS_SCANNED,
    from,
    PAGE_BYTES,
  );
  const embeddings = found.map((row) => row[index.vectorField] as number[]);
  return {
    ids: found.map((row) => row[index.idField] as string),
    metadata: found.map((row) => row[index.metadataField] ?? null),
    lengths: embeddings.map((embedding) => embedding.length),
    embeddings: bytesOf(embeddings),
    ...next,
  };
}

async function count(
  db: Reader,
  index: NativeIndex,
  countLimit: number,
  from: string | undefined,
) {
  const limit = Math.max(1, Math.min(Math.floor(countLimit), MAX_COUNT));
  const { rows: found, cursor } = await rows.readOn(db, index, limit + 1, from);
  if (found.length > limit) return { count: limit, countIsLimited: true };
  return {
    count: found.length,
    countIsLimited: cursor !== undefined,
    ...(cursor !== undefined && { cursor }),
  };
}
