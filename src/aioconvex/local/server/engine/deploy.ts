// Bringing stored data in line with a new schema: tables, indexes, re-validation; all or nothing.
import { schemaMismatch } from "./transaction.ts";
import { Failure } from "../failure.ts";
import type { Schema, TableSchema } from "../project/schema.ts";
import { parseSchema } from "../project/schema.ts";
import { declaredIndexes, type IndexSpec, type Table } from "../storage/catalog.ts";
import { allDocuments } from "../storage/rows.ts";
import type { Store } from "../storage/store.ts";
import type { JsonObject } from "../values/json.ts";

export interface IndexChanges {
  added: string[];
  dropped: string[];
}

const SCHEMA_SETTING = "schema";

export function deploySchema(store: Store, schema: Schema | null): IndexChanges {
  const text = store.settings.get(SCHEMA_SETTING);
  const previous = text === undefined || text === "" ? null : parseSchema(text);
  const changes: IndexChanges = { added: [], dropped: [] };
  store.transact(() => {
    for (const name of schema?.tables.keys() ?? []) store.ensureTable(name);
    for (const table of store.catalog.userTables()) {
      alignIndexes(store, table, schema?.tables.get(table.name), changes);
      if (schema?.validates && typeChanged(previous, schema, table.name)) validateTable(store, schema, table);
    }
    store.settings.set(SCHEMA_SETTING, schema?.text ?? "");
  });
  return changes;
}

function alignIndexes(
  store: Store,
  table: Table,
  wanted: TableSchema | undefined,
  changes: IndexChanges,
): void {
  const existing = new Map(declaredIndexes(table).map(({ name, spec }) => [name, spec]));
  for (const [name, spec] of existing) {
    const next = wanted?.indexes.get(name);
    if (next !== undefined && sameContents(spec, next)) {
      if (next.staged !== spec.staged) store.respecifyIndex(table, name, next);
      continue;
    }
    store.dropIndex(table, name);
    changes.dropped.push(`${table.name}.${name}`);
  }
  for (const [name, spec] of wanted?.indexes ?? []) {
    if (table.indexes.has(name)) continue;
    store.addIndex(table, name, spec);
    changes.added.push(`${table.name}.${name}`);
  }
}

function sameContents(left: IndexSpec, right: IndexSpec): boolean {
  return JSON.stringify({ ...left, staged: false }) === JSON.stringify({ ...right, staged: false });
}

function typeChanged(previous: Schema | null, next: Schema, table: string): boolean {
  const typeIn = (schema: Schema | null) => JSON.stringify(schema?.tables.get(table)?.documentType ?? null);
  return !previous?.validates || typeIn(previous) !== typeIn(next);
}

function validateTable(store: Store, schema: Schema, table: Table): void {
  for (const { doc } of allDocuments(store, table)) {
    const document = JSON.parse(doc) as JsonObject;
    const found = schemaMismatch(schema, store, table.name, document);
    if (found === null) continue;
    throw new Failure(
      "SchemaMismatch",
      `Schema validation failed.\nDocument with ID "${document["_id"]}" in table "${table.name}" does not match the schema: ${found}`,
    );
  }
}
