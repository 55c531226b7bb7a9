/** Operations that every table of the storage handler has. */
import { checkColumns, recordId } from "./columns";
import { checkSize } from "./documentSize";
import { type Row, anyTable, matches, select } from "./lookup";
import type { Reader, TableName, Writer } from "./model";
import {
  type Fields,
  type Filter,
  type Request,
  invalid,
  isObject,
  object,
  objects,
  optionalCount,
  optionalText,
  text,
  texts,
} from "./requests";

/** A table as requests see it. */
export interface Table {
  name: TableName;
  /** What all its rows have in common, when it is a part of a stored table. */
  scope: readonly Filter[];
  /** Distinguishes records; throws when a record has no identity. */
  identity(record: Fields): string;
  /** The columns that a record fills. */
  columns(record: Fields): Fields;
  /** The row that a record of this identity replaces. */
  replaced(db: Reader, record: Fields): Promise<Row | null>;
  /** The rows that go by an id, the live one first. */
  named(db: Reader, id: string): Promise<Row[]>;
  /** Refuses what the columns' types allow but the table does not. */
  check(db: Reader, columns: Fields, row: Row | null): Promise<void>;
  /** Hears of each write of a row, in the same transaction. */
  written?(db: Writer): Promise<void>;
}

/** What a successful operation answers, beside `ok`. */
export interface Answer {
  result?: unknown;
  hasMore?: boolean;
  continuationCursor?: string | null;
}

export type Operation = (
  db: Writer,
  table: Table,
  request: Request,
) => Promise<Answer>;

// The protocol's own bounds.
export const MAX_LOADED = 10;
export const ROWS_PER_CLEAR = 25;

// Convex reads what is deleted again, and ends a function at 16 MiB.
const BYTES_PER_CLEAR = 6 * 1024 * 1024;

// A function reads at most 4096 ranges of indexes, and each record takes one.
export const MAX_RECORDS = 4000;

/** A stored table whose rows have unique ids. */
export function plainTable(name: TableName): Table {
  const named = (db: Reader, id: string): Promise<Row[]> =>
    anyTable(db)
      .query(name)
      .withIndex("by_record_id", (q) => q.eq("id", id))
      .take(1);
  return {
    name,
    scope: [],
    identity: recordId,
    columns: (record) => record,
    replaced: async (db, record) =>
      (await named(db, recordId(record)))[0] ?? null,
    named,
    check: async () => {},
  };
}

/** The operations by name. */
export const rowOperations: Readonly<Record<string, Operation>> = {
  insert: async (db, table, request) => {
    await store(db, table, object(request, "record"));
    return {};
  },
  batchInsert: async (db, table, request) => {
    for (const record of merged(table, recordsOf(request))) {
      await store(db, table, record);
    }
    return {};
  },
  patch: async (db, table, request) => ({
    result: await patch(
      db,
      table,
      text(request, "id"),
      object(request, "record"),
    ),
  }),
  load: async (db, table, request) => ({
    result: await load(db, table, object(request, "keys")),
  }),
  loadMany: async (db, table, request) => ({
    result: await loadMany(db, table, texts(request, "ids")),
  }),
  queryTable,
  deleteMany: async (db, table, request) => {
    for (const id of new Set(idsOf(request))) {
      await erase(db, table, await table.named(db, id));
    }
    return {};
  },
  clearTable: clear,
  dropTable: clear,
};

/** Stores a record, in place of the row that it replaces. */
export async function store(db: Writer, table: Table, record: Fields) {
  table.identity(record);
  const columns = table.columns(withoutSystemFields(record));
  const row = await table.replaced(db, record);
  checkColumns(table.name, columns, row === null);
  await table.check(db, columns, row);
  checkSize({ ...row, ...columns });
  if (row === null) await anyTable(db).insert(table.name, columns);
  else await anyTable(db).patch(row._id, columns);
  await table.written?.(db);
}

/** Deletes rows of a table. */
export async function erase(db: Writer, table: Table, rows: Row[]) {
  for (const row of rows) {
    await anyTable(db).delete(row._id);
    await table.written?.(db);
  }
}

/** The published client writes rows back as it read them. */
export function withoutSystemFields({
  _id,
  _creationTime,
  ...own
}: Fields): Fields {
  return own;
}

/** One record per identity: of several, later fields win. */
function merged(table: Table, records: Fields[]): Iterable<Fields> {
  const unique = new Map<string, Fields>();
  for (const record of records) {
    const identity = table.identity(record);
    unique.set(identity, { ...unique.get(identity), ...record });
  }
  return unique.values();
}

async function patch(
  db: Writer,
  table: Table,
  id: string,
  record: Fields,
): Promise<boolean> {
  const [row] = await table.named(db, id);
  if (row === undefined) return false;
  const identity = new Set(["id", ...table.scope.map(({ field }) => field)]);
  const columns = Object.fromEntries(
    Object.entries(withoutSystemFields(record)).filter(
      ([name]) => !identity.has(name),
    ),
  );
  checkColumns(table.name, columns, false);
  await table.check(db, columns, row);
  checkSize({ ...row, ...columns });
  await anyTable(db).patch(row._id, columns);
  await table.written?.(db);
  return true;
}

async function load(
  db: Reader,
  table: Table,
  keys: Fields,
): Promise<Row | null> {
  const filters = equalities(keys);
  if (filters.length === 0) throw invalid("keys must name a field");
  if (typeof keys.id === "string") {
    const rows = await table.named(db, keys.id);
    const others = filters.filter(({ field }) => field !== "id");
    return rows.find((row) => matches(row, others)) ?? null;
  }
  const { rows, continuation } = await select(db, {
    table: table.name,
    filters: [...table.scope, ...filters],
    // Of several matches, such as runs of one id, the newest counts.
    order: "desc",
    limit: 1,
  });
  if (continuation !== null) {
    throw invalid(
      `No index of ${table.name} covers these keys, and it is large`,
    );
  }
  return rows[0] ?? null;
}

async function loadMany(
  db: Reader,
  table: Table,
  ids: string[],
): Promise<Row[]> {
  if (ids.length > MAX_LOADED) {
    throw invalid(`loadMany takes at most ${MAX_LOADED} ids`);
  }
  const found: Row[] = [];
  for (const id of new Set(ids)) {
    found.push(...(await table.named(db, id)).slice(0, 1));
  }
  return found;
}

async function queryTable(
  db: Reader,
  table: Table,
  request: Request,
): Promise<Answer> {
  const { filters, limit, pageSize, cursor } = readingOf(request);
  if (limit === 0)
    return { result: [], hasMore: false, continuationCursor: null };
  const { rows, continuation } = await select(db, {
    table: table.name,
    filters: [...table.scope, ...filters],
    order: "asc",
    limit,
    pageSize,
    cursor,
  });
  return {
    result: rows,
    hasMore: continuation !== null,
    continuationCursor: continuation,
  };
}

/** The records to store, no more than one function can look up. */
export function recordsOf(request: Request): Fields[] {
  return bounded(objects(request, "records"), "records");
}

/** The ids to delete, no more than one function can look up. */
export function idsOf(request: Request): string[] {
  return bounded(texts(request, "ids"), "ids");
}

function bounded<Item>(items: Item[], what: string): Item[] {
  if (items.length > MAX_RECORDS) {
    throw invalid(
      `One request takes at most ${MAX_RECORDS} ${what}, not ${items.length}`,
    );
  }
  return items;
}

/** Which rows a `queryTable` request asks for. */
export function readingOf(request: Request) {
  const pageSize = optionalCount(request, "pageSize", 1);
  const limit = optionalCount(request, "limit", 0);
  const cursor =
    request.cursor === null ? null : optionalText(request, "cursor");
  if (pageSize !== undefined && limit !== undefined) {
    throw invalid("pageSize and limit exclude each other");
  }
  if (typeof cursor === "string" && pageSize === undefined) {
    throw invalid("cursor needs a pageSize");
  }
  return { filters: filtersOf(request), limit, pageSize, cursor };
}

function filtersOf(request: Request): Filter[] {
  const filters =
    request.filters === undefined ? [] : objects(request, "filters");
  const hint = isObject(request.indexHint) ? request.indexHint : {};
  return [
    ...filters.map(equality),
    // A hint names an index by the values of its fields; the best one is chosen
    // anyway, so what counts is that its values restrict the rows.
    ...hinted(hint, "workflowName", "workflow_name"),
    ...hinted(hint, "runId", "run_id"),
  ];
}

function equality(filter: Fields): Filter {
  if (filter.value === undefined) throw invalid("A filter must have a value");
  return { field: text(filter, "field"), value: filter.value };
}

function hinted(hint: Fields, name: string, field: string): Filter[] {
  const value = optionalText(hint, name);
  return value === undefined ? [] : [{ field, value }];
}

export function equalities(keys: Fields): Filter[] {
  return Object.entries(keys).map(([field, value]) => ({ field, value }));
}

async function clear(db: Writer, table: Table): Promise<Answer> {
  const { rows, continuation } = await select(db, {
    table: table.name,
    filters: table.scope,
    order: "asc",
    // One more than is deleted, to know whether to come back.
    pageSize: ROWS_PER_CLEAR + 1,
    maximumBytes: BYTES_PER_CLEAR,
  });
  await erase(db, table, rows.slice(0, ROWS_PER_CLEAR));
  return { hasMore: continuation !== null || rows.length > ROWS_PER_CLEAR };
}
