/** Rows of vector indexes and of the vectors in them. */
import { invalidRecord, recordId } from "./columns";
import { refusal } from "./errors";
import type { Row } from "./lookup";
import type { Reader } from "./model";
import { type Table, plainTable } from "./rows";
import { requireDimension } from "./vectors";
import { countWrite } from "./vectorVersions";

export const VECTOR_TABLE_PREFIX = "mastra_vector_";
export const VECTOR_INDEXES = "mastra_vector_indexes";

/** The vector indexes. One keeps its dimension: its vectors have no other. */
export const vectorIndexes: Table = {
  ...plainTable(VECTOR_INDEXES),
  check: async (_db, { id, indexName, dimension }, row) => {
    if (`${VECTOR_TABLE_PREFIX}${id}` === VECTOR_INDEXES) {
      throw invalidRecord(`A vector index cannot be called "${id}"`);
    }
    if (indexName !== undefined && indexName !== (row?.id ?? id)) {
      throw invalidRecord("A vector index's id and indexName are the same");
    }
    if (dimension === undefined) return;
    if (!Number.isInteger(dimension) || (dimension as number) < 1) {
      throw invalidRecord(
        `A dimension is a positive integer, not ${dimension}`,
      );
    }
    if (row !== null && row.dimension !== dimension) {
      throw refusal(
        "VectorDimensionMismatch",
        `Vector index "${row.id}" has ${row.dimension} dimensions; ` +
          "delete it to create it with another number.",
      );
    }
  },
};

/** The vectors of one index. */
export function vectorsOf(indexName: string): Table {
  const named = (db: Reader, id: string): Promise<Row[]> =>
    db
      .query("mastra_vectors")
      .withIndex("by_index_id", (q) =>
        q.eq("indexName", indexName).eq("id", id),
      )
      .take(1);
  let dimension: Promise<number | null> | undefined;
  let counted = false;
  return {
    name: "mastra_vectors",
    scope: [{ field: "indexName", value: indexName }],
    identity: recordId,
    // A record replaces the vector it names whole, so metadata that it leaves
    // out is removed.
    columns: (record) => ({
      id: record.id,
      indexName,
      embedding: record.embedding,
      metadata: record.metadata,
    }),
    replaced: async (db, record) =>
      (await named(db, recordId(record)))[0] ?? null,
    named,
    check: async (db, { id, embedding }, row) => {
      if (embedding === undefined && row !== null) return;
      const what = `Vector "${row?.id ?? id}" of "${indexName}"`;
      if (!(embedding as number[]).every(Number.isFinite)) {
        throw refusal(
          "InvalidVector",
          `${what} has a number that is not finite.`,
        );
      }
      dimension ??= storedDimension(db, indexName);
      const expected = await dimension;
      if (expected !== null) {
        requireDimension(embedding as number[], expected, what);
      }
    },
    // A request is one transaction, so it counts as one write.
    written: async (db) => {
      if (!counted) await countWrite(db, indexName);
      counted = true;
    },
  };
}

/** An index's dimension; null when vectors came before their index. */
async function storedDimension(
  db: Reader,
  indexName: string,
): Promise<number | null> {
  const index = await db
    .query(VECTOR_INDEXES)
    .withIndex("by_name", (q) => q.eq("indexName", indexName))
    .first();
  return index === null ? null : index.dimension;
}
