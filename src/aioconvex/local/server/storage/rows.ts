// Rows of one table: a document row `d_<table>` and one B-tree `i_<index>` per database index.
import type { Catalog, Table } from "./catalog.ts";
import type { Connection } from "./connection.ts";
import { BY_CREATION_TIME, BY_ID, type DatabaseIndex } from "./databaseIndex.ts";
import { encodeKey } from "../values/keys.ts";

/** What a function reads from: the writer's latest state, or a snapshot. */
export interface View {
  connection: Connection;
  catalog: Catalog;
}

export interface StoredRow {
  row: number;
  size: number;
  /** The document as tagged JSON text, system fields included. */
  doc: string;
}

export interface ScannedRow {
  key: Uint8Array;
  size: number;
  doc: string;
}

export interface Interval {
  low: Uint8Array;
  high: Uint8Array;
}

/** Bound instead of no bytes at all, which Node 22.13 may hand to SQLite as NULL. */
const BELOW_EVERY_KEY = Uint8Array.of(0);

export function readRow(view: View, table: Table, id: string): StoredRow | undefined {
  const index = table.indexes.get(BY_ID)!;
  // CROSS JOIN keeps SQLite's planner on the intended order: index first, then the row it names.
  const statement = view.connection.sql(
    `SELECT d.r AS row, d.size AS size, d.doc AS doc FROM i_${index.number} i
     CROSS JOIN d_${table.number} d ON d.r = i.r WHERE i.key = ?`,
  );
  return statement.get(encodeKey([id])) as StoredRow | undefined;
}

export function readByRow(view: View, table: Table, row: number): { size: number; doc: string } | undefined {
  const statement = view.connection.sql(`SELECT size, doc FROM d_${table.number} WHERE r = ?`);
  return statement.get(row) as { size: number; doc: string } | undefined;
}

export function scanRows(
  view: View,
  table: Table,
  index: DatabaseIndex,
  { low, high }: Interval,
  descending: boolean,
  limit: number,
): ScannedRow[] {
  const statement = view.connection.sql(
    `SELECT i.key AS key, d.size AS size, d.doc AS doc FROM i_${index.number} i
     CROSS JOIN d_${table.number} d ON d.r = i.r
     WHERE i.key >= ? AND i.key < ? ORDER BY i.key ${descending ? "DESC" : "ASC"} LIMIT ?`,
  );
  return statement.all(low.length > 0 ? low : BELOW_EVERY_KEY, high, limit) as unknown as ScannedRow[];
}

/** Counts in the slimmest B-tree of the table, so that large documents are not read. */
export function countRows(view: View, table: Table): number {
  const index = table.indexes.get(BY_CREATION_TIME)!;
  return Number(view.connection.sql(`SELECT count(*) AS n FROM i_${index.number}`).get()!["n"]);
}

/** Every document of a table, for backfills and re-validation. */
export function* allDocuments(view: View, table: Table): Generator<{ row: number; doc: string }> {
  const rows = view.connection.sql(`SELECT r AS row, doc FROM d_${table.number} ORDER BY r`);
  for (const row of rows.iterate()) yield row as unknown as { row: number; doc: string };
}
