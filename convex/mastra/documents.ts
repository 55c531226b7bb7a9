/** Records of tables that the handler has no table for: all in one, as they come. */
import { invalidRecord } from "./columns";
import { checkSize } from "./documentSize";
import { anyTable, matches, select } from "./lookup";
import type { Doc, Reader, Writer } from "./model";
import {
  type Fields,
  type Request,
  invalid,
  object,
  text,
  texts,
} from "./requests";
import {
  type Answer,
  MAX_LOADED,
  ROWS_PER_CLEAR,
  type Table,
  equalities,
  idsOf,
  readingOf,
  recordsOf,
  rowOperations,
} from "./rows";
import { writableRows } from "./scan";

const DOCUMENTS = "mastra_documents";

export type Document = Doc<typeof DOCUMENTS>;

type Operation = (db: Writer, request: Request) => Promise<Answer>;

/** The operations by name. An insertion replaces a record of the same id whole. */
export const documentOperations: Readonly<Record<string, Operation>> = {
  insert: async (db, request) => {
    await store(db, request.tableName, object(request, "record"));
    return {};
  },
  batchInsert: async (db, request) => {
    const records = recordsOf(request);
    const last = new Map(records.map((record) => [keyOf(record), record]));
    for (const record of last.values())
      await store(db, request.tableName, record);
    return {};
  },
  patch: async (db, request) => {
    const { id: _, ...changes } = object(request, "record");
    const document = await documentOf(
      db,
      request.tableName,
      text(request, "id"),
    );
    if (document === null) return { result: false };
    await write(db, document, { ...document.record, ...changes });
    return { result: true };
  },
  load: async (db, request) => ({ result: await load(db, request) }),
  loadMany: async (db, request) => {
    const ids = texts(request, "ids");
    if (ids.length > MAX_LOADED) {
      throw invalid(`loadMany takes at most ${MAX_LOADED} ids`);
    }
    const found: Fields[] = [];
    for (const id of new Set(ids)) {
      const document = await documentOf(db, request.tableName, id);
      if (document !== null) found.push(document.record);
    }
    return { result: found };
  },
  queryTable: queryDocuments,
  deleteMany: async (db, request) => {
    for (const id of new Set(idsOf(request))) {
      const document = await documentOf(db, request.tableName, id);
      if (document !== null) await db.delete(document._id);
    }
    return {};
  },
  clearTable: clear,
  dropTable: clear,
};

/** Clears a table, and then the documents that belong to it. */
export async function clearWithDocuments(
  db: Writer,
  table: Table,
  documents: string,
  request: Request,
): Promise<Answer> {
  const first = await anyTable(db).query(table.name).first();
  if (first === null) return clear(db, { ...request, tableName: documents });
  await rowOperations[request.op]!(db, table, request);
  // Each place in calls of its own, which it may need whole.
  return { hasMore: true };
}

/** The stored record of an id, or null. */
export async function documentOf(
  db: Reader,
  table: string,
  id: string,
): Promise<Document | null> {
  return db
    .query(DOCUMENTS)
    .withIndex("by_table_primary", (q) =>
      q.eq("table", table).eq("primaryKey", id),
    )
    .first();
}

/** Stores another record in the place of a document's. */
export async function write(db: Writer, document: Document, record: Fields) {
  checkSize({ ...document, record });
  await db.patch(document._id, { record });
}

async function queryDocuments(db: Reader, request: Request): Promise<Answer> {
  const { filters, limit, pageSize, cursor } = readingOf(request);
  if (limit === 0) {
    return { result: [], hasMore: false, continuationCursor: null };
  }
  const { rows, continuation } = await select(db, {
    table: DOCUMENTS,
    filters: [{ field: "table", value: request.tableName }],
    order: "asc",
    pageSize,
    cursor,
  });
  const records = rows
    .map(({ record }) => record as Fields)
    .filter((record) => matches(record, filters));
  const reached = limit !== undefined && records.length >= limit;
  return {
    result: records.slice(0, limit),
    hasMore: continuation !== null && !reached,
    continuationCursor: reached ? null : continuation,
  };
}

/** The identity of a record. @throws ConvexError `InvalidRecord` without one. */
function keyOf(record: Fields): string {
  const { id } = record;
  if ((typeof id !== "string" || id === "") && typeof id !== "number") {
    throw invalidRecord("Record is missing an id");
  }
  return String(id);
}

async function store(db: Writer, table: string, record: Fields) {
  const primaryKey = keyOf(record);
  const document = await documentOf(db, table, primaryKey);
  if (document !== null) return write(db, document, record);
  const row = { table, primaryKey, record };
  checkSize(row);
  await db.insert(DOCUMENTS, row);
}

async function load(db: Reader, request: Request): Promise<Fields | null> {
  const keys = object(request, "keys");
  if (Object.keys(keys).length === 0) throw invalid("keys must name a field");
  if (keys.id !== undefined) {
    const document = await documentOf(db, request.tableName, String(keys.id));
    return document === null ? null : document.record;
  }
  const { rows, continuation } = await select(db, {
    table: DOCUMENTS,
    filters: [{ field: "table", value: request.tableName }],
    order: "asc",
  });
  const found = rows.find((row) =>
    matches(row.record as Fields, equalities(keys)),
  );
  if (found === undefined && continuation !== null) {
    throw invalid(
      `The table ${request.tableName} is too large to look for this`,
    );
  }
  return found === undefined ? null : (found.record as Fields);
}

async function clear(db: Writer, request: Request): Promise<Answer> {
  const documents = db
    .query(DOCUMENTS)
    .withIndex("by_table", (q) => q.eq("table", request.tableName));
  const { rows, hasMore } = await writableRows(documents, ROWS_PER_CLEAR);
  for (const { _id } of rows) await db.delete(_id);
  return { hasMore };
}
