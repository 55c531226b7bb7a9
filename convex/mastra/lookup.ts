/** Finding rows of a table by equality filters through its best index. */
import type {
  GenericDatabaseReader,
  GenericDatabaseWriter,
} from "convex/server";
import { type GenericId, type Value, compareValues } from "convex/values";

import type { Doc, Reader, TableName, Writer } from "./model";
import { type Order, READ_BUDGET_BYTES } from "./paging";
import type { Fields, Filter } from "./requests";
import { mastraTables } from "./tables";

/** A stored row of a table that is only known at run time. */
export type Row = Fields & { _id: GenericId<string>; _creationTime: number };

type AnyTables = Record<
  string,
  {
    document: any;
    fieldPaths: string;
    indexes: Record<string, string[]>;
    searchIndexes: {};
    vectorIndexes: {};
  }
>;

/**
 * The database for requests, which name tables, columns and indexes in plain
 * text: rows have no static type, and `columns.ts` checks what is written.
 */
export function anyTable(db: Writer): GenericDatabaseWriter<AnyTables>;
export function anyTable(db: Reader): GenericDatabaseReader<AnyTables>;
export function anyTable(db: unknown): unknown {
  return db;
}

/** The row of a table whose rows have ids that goes by this one, or null. */
export async function rowWithId<Name extends TableName>(
  db: Reader,
  table: Name,
  id: string,
): Promise<(Row & Doc<Name>) | null> {
  const row = await anyTable(db)
    .query(table)
    .withIndex("by_record_id", (q) => q.eq("id", id))
    .first();
  return row as (Row & Doc<Name>) | null;
}

/** The most rows one request reads: a Convex array holds 8192 elements. */
export const MAX_ROWS_READ = 8_000;

export interface Selection {
  table: TableName;
  filters: readonly Filter[];
  order: Order;
  /** The most rows to return, unless a page of rows is read. */
  limit?: number | undefined;
  /** Reads this many rows from `cursor` on, and returns the matching ones. */
  pageSize?: number | undefined;
  cursor?: string | null | undefined;
  /** The most bytes to read, unless they are what one function may. */
  maximumBytes?: number | undefined;
}

export interface Selected {
  rows: Row[];
  /** Where to read on; null when every row was seen or `limit` was reached. */
  continuation: string | null;
}

/**
 * The rows that satisfy all filters, ordered by `createdAt` where an index of
 * theirs has it and by insertion otherwise. Never reads more than
 * {@link MAX_ROWS_READ} rows or the byte budget; then `continuation` is set.
 */
export async function select(
  db: Reader,
  selection: Selection,
): Promise<Selected> {
  const { table, filters, order, limit, pageSize, cursor = null } = selection;
  const { index, fields } = bestIndex(table, filters);
  const indexed = anyTable(db)
    .query(table)
    .withIndex(index, (q) =>
      fields.reduce<any>(
        (range, { field, value }) => range.eq(field, value),
        q,
      ),
    );
  // Filters beyond the index may drop any number of the rows that are read.
  const covered = fields.length === filters.length;
  const wanted = covered && limit !== undefined ? limit : MAX_ROWS_READ;
  const { page, isDone, continueCursor } = await indexed.order(order).paginate({
    numItems: Math.min(pageSize ?? wanted, MAX_ROWS_READ),
    cursor,
    maximumBytesRead: selection.maximumBytes ?? READ_BUDGET_BYTES,
  });
  const matching = (page as Row[]).filter((row) => matches(row, filters));
  const rows = matching.slice(0, limit);
  const satisfied = isDone || (limit !== undefined && rows.length === limit);
  return { rows, continuation: satisfied ? null : continueCursor };
}

/** Whether a row has all these values; a missing field equals null alone. */
export function matches(row: Fields, filters: readonly Filter[]): boolean {
  return filters.every(({ field, value }) => {
    const stored = Object.hasOwn(row, field) ? row[field] : undefined;
    return compareValues((stored ?? null) as Value, value as Value) === 0;
  });
}

/**
 * The index with the longest prefix of filtered fields and, among equals, one
 * that goes on with `createdAt`, else one that goes on with insertion.
 */
function bestIndex(table: TableName, filters: readonly Filter[]) {
  let best = { index: "by_creation_time", fields: [] as Filter[], score: 0 };
  for (const { indexDescriptor, fields } of mastraTables[table][" indexes"]()) {
    const prefix = prefixOf(fields, filters);
    const next = fields[prefix.length];
    const ordered = next === "createdAt" ? 2 : next === undefined ? 1 : 0;
    const score = 3 * prefix.length + ordered;
    if (score > best.score) {
      best = { index: indexDescriptor, fields: prefix, score };
    }
  }
  return best;
}

function prefixOf(fields: string[], filters: readonly Filter[]): Filter[] {
  const prefix: Filter[] = [];
  for (const name of fields) {
    const filter = filters.find(({ field }) => field === name);
    // Null stands for a missing field too, which an index keeps elsewhere.
    if (filter === undefined || filter.value === null) break;
    prefix.push(filter);
  }
  return prefix;
}
