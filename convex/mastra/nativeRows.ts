/** Rows of tables that have a native vector index, found by the callers' ids. */
import { type Row, anyTable } from "./lookup";
import {
  mergedMetadata,
  metadataOf,
  parseMetadata,
  storable,
} from "./metadata";
import type { Reader, Writer } from "./model";
import {
  type NativeIndex,
  checkRow,
  requireIdIndex,
  requireVector,
} from "./nativeIndexes";
import { READ_BUDGET_BYTES } from "./paging";
import { type Fields, invalid, isObject } from "./requests";
import { ReadBudget } from "./scan";

// Of the largest rows, what the budget leaves of the 16 MiB that a call may read.
const AT_ONCE = 4;

/** The rows with these ids, null for an id that nothing is stored under. */
export function rowsById(
  db: Reader,
  index: NativeIndex,
  ids: string[],
): Promise<(Row | null)[]> {
  requireIdIndex(index);
  return Promise.all(
    ids.map((id) =>
      anyTable(db)
        .query(index.table)
        .withIndex(index.idIndex, (q) => q.eq(index.idField, id as any))
        .first(),
    ),
  );
}

/**
 * The rows of the table that go by these ids of Convex, without their vectors
 * unless these are wanted. Deleted rows, and those of other tables, are left out.
 * `done` says how many ids were looked at, if not all of their rows can be read.
 */
export async function rowsByConvexId(
  db: Reader,
  { table, vectorField }: Pick<NativeIndex, "table" | "vectorField">,
  ids: string[],
  includeVector: boolean,
): Promise<{ rows: Fields[]; done: number }> {
  const budget = new ReadBudget();
  const rows: Fields[] = [];
  let done = 0;
  while (done < ids.length && !budget.isSpent) {
    const some = ids.slice(done, done + AT_ONCE);
    done += some.length;
    const found = await Promise.all(some.map((id) => rowOf(db, table, id)));
    for (const row of found) {
      if (row === null) continue;
      budget.spend(row);
      const { [vectorField]: vector, ...rest } = row;
      rows.push(includeVector ? row : rest);
    }
  }
  return { rows, done };
}

async function rowOf(
  db: Reader,
  table: string,
  given: string,
): Promise<Row | null> {
  const id = anyTable(db).normalizeId(table, given);
  return id === null ? null : anyTable(db).get(id);
}

/** As many rows as one call can read, in order of insertion, and where to go on. */
export async function readOn(
  db: Reader,
  { table }: NativeIndex,
  limit: number,
  cursor: string | null = null,
  maximumBytesRead = READ_BUDGET_BYTES,
): Promise<{ rows: Row[]; cursor?: string }> {
  const { page, isDone, continueCursor } = await anyTable(db)
    .query(table)
    .paginate({ numItems: limit, cursor, maximumBytesRead });
  return {
    rows: page as Row[],
    ...(!isDone && { cursor: continueCursor }),
  };
}

/**
 * Stores vectors under ids. A vector that is there is replaced; its metadata too
 * if some are given, and else they stay.
 *
 * @throws ConvexError `InvalidRequest`, `InvalidVector`, `InvalidRecord`,
 * `VectorDimensionMismatch` or `DocumentTooLarge`; then nothing is stored.
 */
export async function upsert(
  db: Writer,
  index: NativeIndex,
  ids: string[],
  vectors: number[][],
  metadata: unknown,
) {
  const given = metadataList(metadata, ids.length);
  if (vectors.length !== ids.length) {
    throw invalid(`There are ${ids.length} ids and ${vectors.length} vectors`);
  }
  if (new Set(ids).size !== ids.length || ids.includes("")) {
    throw invalid("ids must be unique and not empty");
  }
  const rows = ids.map((id, at) => {
    requireVector(vectors[at]!, index, `Vector "${id}"`);
    return {
      [index.idField]: id,
      [index.vectorField]: vectors[at],
      ...(given && metadataColumns(index, given[at]!)),
    };
  });
  const stored = await rowsById(db, index, ids);
  for (const [at, row] of rows.entries()) {
    const old = stored[at];
    checkRow(index, row, old === null);
    await (old
      ? anyTable(db).patch(old._id, row)
      : anyTable(db).insert(index.table, row));
  }
}

/**
 * Replaces a vector, or lays metadata over its own one level deep, or both. An id
 * that nothing is stored under is passed over.
 *
 * @throws ConvexError as {@link upsert}.
 */
export async function updateById(
  db: Writer,
  index: NativeIndex,
  id: string,
  vector: number[] | undefined,
  metadata: unknown,
) {
  if (vector) requireVector(vector, index, `Vector "${id}"`);
  const given = metadata === undefined ? undefined : metadataObject(metadata);
  const [stored] = await rowsById(db, index, [id]);
  if (!stored) return;
  const merged = given && mergedMetadata(stored[index.metadataField], given);
  const changes = {
    ...(vector && { [index.vectorField]: vector }),
    ...(merged !== undefined && metadataColumns(index, parseMetadata(merged))),
  };
  checkRow(index, changes, false);
  await anyTable(db).patch(stored._id, changes);
}

/** Deletes the vectors with these ids; one that is not there is passed over. */
export async function deleteByIds(
  db: Writer,
  index: NativeIndex,
  ids: string[],
) {
  for (const row of await rowsById(db, index, [...new Set(ids)])) {
    if (row !== null) await anyTable(db).delete(row._id);
  }
}

/** What a row holds of metadata: all of it, and columns for some of its fields. */
function metadataColumns(
  { metadataField, copiedFields }: NativeIndex,
  metadata: Fields,
): Fields {
  const columns: Fields = { [metadataField]: storable(metadata) };
  for (const field of copiedFields) {
    // Undefined removes a column that an earlier vector filled.
    columns[field] = Object.hasOwn(metadata, field)
      ? metadata[field]
      : undefined;
  }
  return columns;
}

function metadataList(value: unknown, length: number): Fields[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length !== length) {
    throw invalid(
      `metadata must be a list of ${length} objects, as there are ids`,
    );
  }
  return value.map(metadataObject);
}

/** Metadata as an object; it may travel as JSON text, so as to have any keys. */
function metadataObject(value: unknown): Fields {
  if (typeof value === "string") return metadataOf(value);
  if (!isObject(value)) throw invalid("metadata must be objects");
  return value;
}
