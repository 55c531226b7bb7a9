/** Exact nearest-neighbour search over the vectors of one index. */
import { type Value, getConvexSize } from "convex/values";

import { refusal } from "./errors";
import type { Doc, Reader } from "./model";
import { READ_BUDGET_BYTES } from "./paging";

export const DEFAULT_TOP_K = 10;

// As in Convex's native vector search, so that a caller can switch to it.
const MAX_TOP_K = 256;

// Half of what one function may read; the byte budget is usually met first.
const MAX_VECTORS = 16_000;

export interface Search {
  indexName: string;
  queryVector: number[];
  topK: number;
  includeVector: boolean;
}

export interface Neighbour {
  id: string;
  score: number;
  /** As stored, or null. */
  metadata: unknown;
  vector?: number[];
}

/**
 * The `topK` nearest vectors of an index by cosine similarity, best first, equal
 * scores by id.
 *
 * @throws ConvexError `VectorIndexNotFound`, `VectorDimensionMismatch`,
 * `InvalidVector`, `InvalidTopK`, or `VectorIndexTooLarge` when one query cannot
 * read the whole index.
 */
export async function searchIndex(
  db: Reader,
  { indexName, queryVector, topK, includeVector }: Search,
): Promise<Neighbour[]> {
  requireTopK(topK, "topK");
  if (!queryVector.every(Number.isFinite)) {
    throw refusal(
      "InvalidVector",
      "queryVector has a number that is not finite.",
    );
  }
  const dimension = await dimensionOf(db, indexName);
  requireDimension(
    queryVector,
    dimension,
    `The query vector for "${indexName}"`,
  );
  const nearest = (await readIndex(db, indexName, dimension))
    .map((row) => ({ row, score: cosine(queryVector, row.embedding) }))
    .sort((a, b) => b.score - a.score || (a.row.id < b.row.id ? -1 : 1));
  return nearest.slice(0, topK).map(({ row, score }) => ({
    id: row.id,
    score,
    metadata: row.metadata ?? null,
    ...(includeVector && { vector: row.embedding }),
  }));
}

async function dimensionOf(db: Reader, indexName: string): Promise<number> {
  const index = await db
    .query("mastra_vector_indexes")
    .withIndex("by_name", (q) => q.eq("indexName", indexName))
    .first();
  if (index === null) {
    throw refusal(
      "VectorIndexNotFound",
      `Vector index "${indexName}" not found.`,
    );
  }
  return index.dimension;
}

async function readIndex(
  db: Reader,
  indexName: string,
  dimension: number,
): Promise<Doc<"mastra_vectors">[]> {
  const vectors = [];
  let bytes = 0;
  for await (const row of db
    .query("mastra_vectors")
    .withIndex("by_index", (q) => q.eq("indexName", indexName))) {
    bytes += rowSize(row);
    if (bytes > READ_BUDGET_BYTES || vectors.length === MAX_VECTORS) {
      throw refusal(
        "VectorIndexTooLarge",
        `Vector index "${indexName}" is larger than the ${vectors.length} vectors ` +
          'that a query can compare. Search it with the action "mastra/vectorSearch:nearest".',
      );
    }
    requireDimension(
      row.embedding,
      dimension,
      `Vector "${row.id}" of "${indexName}"`,
    );
    vectors.push(row);
  }
  return vectors;
}

/**
 * The bytes of a stored vector. Convex stores 9 per number; measuring each would
 * take longer than comparing it.
 */
export function rowSize({
  embedding,
  ...rest
}: Omit<Doc<"mastra_vectors">, "_id" | "_creationTime">): number {
  return embedding.length * 9 + getConvexSize(rest as unknown as Value);
}

/** @throws ConvexError `InvalidTopK`. */
export function requireTopK(topK: number, what: string) {
  if (!Number.isInteger(topK) || topK < 1 || topK > MAX_TOP_K) {
    throw refusal(
      "InvalidTopK",
      `${what} must be an integer from 1 to ${MAX_TOP_K}, not ${topK}.`,
    );
  }
}

/** @throws ConvexError `VectorDimensionMismatch`. */
export function requireDimension(
  vector: number[],
  dimension: number,
  what: string,
) {
  if (vector.length !== dimension) {
    throw refusal(
      "VectorDimensionMismatch",
      `${what} has ${vector.length} dimensions; the index has ${dimension}.`,
    );
  }
}

/** Cosine similarity in [−1, 1]; −1 where a zero vector leaves it undefined. */
function cosine(a: number[], b: number[]): number {
  // Scaled first: the square of a large or tiny component leaves float64's range.
  const largestA = largest(a);
  const largestB = largest(b);
  if (!(largestA > 0 && largestB > 0)) return -1;
  let dot = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = (a[i] as number) / largestA;
    const y = (b[i] as number) / largestB;
    dot += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  const similarity = dot / Math.sqrt(squareA * squareB);
  // Rounding may pass ±1; a stored infinity has no direction.
  return Number.isNaN(similarity) ? -1 : Math.max(-1, Math.min(1, similarity));
}

function largest(vector: number[]): number {
  return vector.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}
