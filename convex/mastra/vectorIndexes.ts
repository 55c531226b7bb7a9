/**
 * Vectors and their indexes: what `aioconvex.mastra` calls for them. Vectors travel
 * as bytes, and metadata to be stored as JSON text, so that it may have any keys.
 */
import type { PaginationResult } from "convex/server";
import { v } from "convex/values";

import { mutation, query } from "./access";
import { recordId } from "./columns";
import { requireSize } from "./documentSize";
import { refusal } from "./errors";
import { mergedMetadata, metadataOf, storable } from "./metadata";
import type { Doc, Reader, Writer } from "./model";
import { type Fields, invalid, isObject, json } from "./requests";
import { erase, store } from "./rows";
import { bytesOf, floatBits, vectorsFrom } from "./vectorBytes";
import { rowSize } from "./vectors";
import { VECTOR_INDEXES, vectorIndexes, vectorsOf } from "./vectorRows";
import { versionOf } from "./vectorVersions";

type Vector = Doc<"mastra_vectors">;

/** The most rows of a page; a Convex array holds 8192 elements. */
const MAX_ROWS = 4_000;

/** The most rows one call deletes. */
const MAX_DELETED = 1_000;

// A function's own code has one second, and Convex's copies of numbers take most of
// it: far less is read or written at once than its other limits allow.
export const PAGE_BYTES = 4 * 1024 * 1024;
const WRITTEN_BYTES = 1024 * 1024;

const indexName = v.string();
const cursor = v.optional(v.string());
const nextCursor = v.optional(v.string());

/** Creates an index. One of this name stays as it is, and has this dimension. */
export const create = mutation({
  args: { indexName, dimension: v.number() },
  returns: v.null(),
  handler: async ({ db }, { indexName, dimension }) => {
    const index = await find(db, indexName);
    if (index?.dimension === dimension) return null;
    const createdAt = new Date().toISOString();
    const columns = { indexName, dimension, metric: "cosine", createdAt };
    await store(db, vectorIndexes, { id: indexName, ...columns });
    return null;
  },
});

/** Names of indexes, a page at a time. */
export const list = query({
  args: { cursor },
  returns: v.object({ names: v.array(v.string()), nextCursor }),
  handler: async ({ db }, { cursor = null }) => {
    const found = await db
      .query(VECTOR_INDEXES)
      .withIndex("by_name")
      .paginate({ numItems: MAX_ROWS, cursor });
    const names = found.page.map((index) => index.indexName);
    return { names, ...next(found) };
  },
});

/** What tells whether a copy of an index's vectors is current; null if there is no index. */
export const state = query({
  args: { indexName },
  returns: v.union(
    v.null(),
    v.object({ dimension: v.number(), version: v.string() }),
  ),
  handler: async ({ db }, { indexName }) => {
    const index = await find(db, indexName);
    if (index === null) return null;
    const version = await versionOf(db, indexName);
    return { dimension: index.dimension, version };
  },
});

/** The number of vectors that one call can read, and where the next one goes on. */
export const count = query({
  args: { indexName, cursor },
  returns: v.object({ count: v.number(), nextCursor }),
  handler: async ({ db }, { indexName, cursor }) => {
    const found = await read(db, indexName, cursor);
    return { count: found.page.length, ...next(found) };
  },
});

/**
 * A page of an index's vectors in the order in which they were first stored.
 * `embeddings` has them one after the other, each as long as its `lengths` says;
 * without `vectors` there are neither.
 */
export const page = query({
  args: { indexName, cursor, vectors: v.boolean() },
  returns: v.object({
    ids: v.array(v.string()),
    /** As stored, or null. */
    metadata: v.array(v.any()),
    lengths: v.optional(v.array(v.number())),
    embeddings: v.optional(v.bytes()),
    nextCursor,
  }),
  handler: async ({ db }, { indexName, cursor, vectors }) => {
    const found = await read(db, indexName, cursor);
    const embeddings = found.page.map((row) => row.embedding);
    return {
      ids: found.page.map((row) => row.id),
      metadata: found.page.map((row) => row.metadata ?? null),
      ...(vectors && {
        lengths: embeddings.map((embedding) => embedding.length),
        embeddings: bytesOf(embeddings),
      }),
      ...next(found),
    };
  },
});

/**
 * Stores vectors, in place of those with their ids, and then deletes others.
 * `metadata` is JSON text of a list: for each vector an object, or null for none.
 * Answers how many of `replacing` were looked at; `remove` takes the rest.
 *
 * @throws ConvexError `VectorIndexNotFound`, `VectorDimensionMismatch`,
 * `InvalidVector`, `InvalidRecord` or `DocumentTooLarge`; then nothing is stored.
 */
export const upsert = mutation({
  args: {
    indexName,
    ids: v.array(v.string()),
    embeddings: v.bytes(),
    bits: floatBits,
    metadata: v.optional(v.string()),
    replacing: v.optional(v.array(v.string())),
  },
  returns: v.object({ done: v.number() }),
  handler: async ({ db }, { indexName, ids, replacing = [], ...given }) => {
    const { dimension } = await existing(db, indexName);
    const { embeddings: bytes, bits } = given;
    const embeddings = vectorsFrom(bytes, bits, ids.length, dimension);
    const metadata = listOf(given.metadata, ids.length);
    const table = vectorsOf(indexName);
    for (const [at, id] of ids.entries()) {
      const columns = {
        id: recordId({ id }),
        indexName,
        embedding: embeddings[at]!,
        ...metadata[at],
      };
      requireSize(rowSize(columns));
      const [row] = await table.named(db, id);
      if (row === undefined) await db.insert("mastra_vectors", columns);
      else
        await db.patch(row._id as Vector["_id"], {
          metadata: undefined,
          ...columns,
        });
      await table.written?.(db);
    }
    return removeFrom(db, indexName, replacing, new Set(ids));
  },
});

/**
 * Replaces the vector, and lays JSON text of an object over the metadata, of all
 * that there are of these ids. Answers how many of them it looked at: repeat the
 * call with the rest.
 *
 * @throws ConvexError as `upsert`.
 */
export const update = mutation({
  args: {
    indexName,
    ids: v.array(v.string()),
    embedding: v.optional(v.bytes()),
    bits: v.optional(floatBits),
    metadata: v.optional(v.string()),
  },
  returns: v.object({ done: v.number() }),
  handler: async ({ db }, { indexName, ids, metadata, ...given }) => {
    const { dimension } = await existing(db, indexName);
    const { embedding: bytes, bits = 64 } = given;
    const embedding =
      bytes === undefined
        ? undefined
        : vectorsFrom(bytes, bits, 1, dimension)[0];
    const laid = metadata === undefined ? undefined : metadataOf(metadata);
    const table = vectorsOf(indexName);
    const { rows, done } = await readable(db, indexName, ids, WRITTEN_BYTES);
    for (const row of rows) {
      const columns = {
        ...(embedding && { embedding }),
        ...(laid && { metadata: mergedMetadata(row.metadata, laid) }),
      };
      requireSize(rowSize({ ...row, ...columns }));
      await db.patch(row._id, columns);
      await table.written?.(db);
    }
    return { done };
  },
});

/** Deletes vectors. Answers how many of the ids it looked at, as `update` does. */
export const remove = mutation({
  args: { indexName, ids: v.array(v.string()) },
  returns: v.object({ done: v.number() }),
  handler: ({ db }, { indexName, ids }) => removeFrom(db, indexName, ids),
});

/** Deletes some of an index's vectors; repeat it while there are more. */
export const clear = mutation({
  args: { indexName },
  returns: v.object({ hasMore: v.boolean() }),
  handler: ({ db }, { indexName }) => clearFrom(db, indexName),
});

/**
 * Deletes some of an index's vectors, and the index with the last of them; repeat
 * it while there are more.
 */
export const drop = mutation({
  args: { indexName },
  returns: v.object({ hasMore: v.boolean() }),
  handler: async ({ db }, { indexName }) => {
    const { hasMore } = await clearFrom(db, indexName);
    const index = hasMore ? null : await find(db, indexName);
    if (index !== null) await db.delete(index._id);
    return { hasMore };
  },
});

function find(
  db: Reader,
  indexName: string,
): Promise<Doc<typeof VECTOR_INDEXES> | null> {
  return db
    .query(VECTOR_INDEXES)
    .withIndex("by_name", (q) => q.eq("indexName", indexName))
    .first();
}

async function existing(db: Reader, indexName: string) {
  const index = await find(db, indexName);
  if (index !== null) return index;
  throw refusal(
    "VectorIndexNotFound",
    `Vector index "${indexName}" not found.`,
  );
}

function vectorsIn(db: Reader, indexName: string) {
  return db
    .query("mastra_vectors")
    .withIndex("by_index", (q) => q.eq("indexName", indexName));
}

function read(
  db: Reader,
  indexName: string,
  cursor: string | undefined,
  numItems = MAX_ROWS,
): Promise<PaginationResult<Vector>> {
  return vectorsIn(db, indexName).paginate({
    numItems,
    cursor: cursor ?? null,
    maximumBytesRead: PAGE_BYTES,
  });
}

function next({ isDone, continueCursor }: PaginationResult<unknown>) {
  return isDone ? {} : { nextCursor: continueCursor };
}

/** The column of each of `count` vectors, read from JSON text. */
function listOf(metadata: string | undefined, count: number): Fields[] {
  if (metadata === undefined) return [];
  const list = json({ metadata }, "metadata");
  if (!Array.isArray(list) || list.length !== count) {
    throw invalid(`metadata must be JSON text of a list of ${count}`);
  }
  return list.map((item) => {
    if (item === null) return {};
    if (!isObject(item)) throw invalid("metadata must be objects or null");
    return { metadata: storable(item) };
  });
}

/** The rows of these ids up to so many bytes, and how many ids that were. */
async function readable(
  db: Reader,
  indexName: string,
  ids: string[],
  bytes: number,
  passedOver = new Set<string>(),
): Promise<{ rows: Vector[]; done: number }> {
  const table = vectorsOf(indexName);
  const seen = new Set(passedOver);
  const rows: Vector[] = [];
  let left = bytes;
  for (const [at, id] of ids.entries()) {
    const named = seen.has(id) ? [] : await table.named(db, id);
    seen.add(id);
    for (const row of named as unknown as Vector[]) {
      left -= rowSize(row);
      // The first row always fits.
      if (left < 0 && rows.length > 0) return { rows, done: at };
      rows.push(row);
    }
  }
  return { rows, done: ids.length };
}

async function removeFrom(
  db: Writer,
  indexName: string,
  ids: string[],
  kept?: Set<string>,
): Promise<{ done: number }> {
  const { rows, done } = await readable(db, indexName, ids, PAGE_BYTES, kept);
  await erase(db, vectorsOf(indexName), rows);
  return { done };
}

async function clearFrom(
  db: Writer,
  indexName: string,
): Promise<{ hasMore: boolean }> {
  const { page, isDone } = await read(db, indexName, undefined, MAX_DELETED);
  await erase(db, vectorsOf(indexName), page);
  return { hasMore: !isDone };
}
