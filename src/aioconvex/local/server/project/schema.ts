// The project's schema as `export()` gives it, parsed and checked.
import { Failure } from "../failure.ts";
import type { IndexSpec } from "../storage/catalog.ts";
import type { Validator } from "../engine/validate.ts";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

export interface TableSchema {
  documentType: Validator | null;
  indexes: Map<string, IndexSpec>;
}
export interface Schema {
  /** The exported JSON text, as the system query for schemas returns it. */
  text: string;
  validates: boolean;
  tables: Map<string, TableSchema>;
}

const IDENTIFIER = /^(?=.*[A-Za-z0-9])[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const MOST_INDEXES = 64;
const MOST_INDEX_FIELDS = 16;
const DIMENSIONS = { least: 2, most: 4096 };

export function parseSchema(text: string): Schema {
  const exported = JSON.parse(text) as JsonObject;
  const tables = new Map<string, TableSchema>();
  for (const table of exported["tables"] as JsonObject[]) {
    const name = String(table["tableName"]);
    if (!IDENTIFIER.test(name) || name.startsWith("_")) throw invalid(`"${name}" is not a valid table name`);
    if (tables.has(name)) throw invalid(`table "${name}" is defined twice`);
    tables.set(name, parseTable(name, table));
  }
  return { text, validates: exported["schemaValidation"] !== false, tables };
}

function parseTable(name: string, table: JsonObject): TableSchema {
  const indexes = new Map<string, IndexSpec>();
  const add = (index: JsonObject, spec: IndexSpec) => {
    const descriptor = String(index["indexDescriptor"]);
    checkIndexName(name, descriptor, indexes.has(descriptor));
    indexes.set(descriptor, spec);
  };
  for (const [list, staged] of [
    ["indexes", false],
    ["stagedDbIndexes", true],
  ] as const) {
    for (const index of listOf(table, list)) add(index, databaseSpec(name, index, staged));
  }
  for (const [list, staged] of [
    ["vectorIndexes", false],
    ["stagedVectorIndexes", true],
  ] as const) {
    for (const index of listOf(table, list)) add(index, vectorSpec(name, index, staged));
  }
  for (const [list, staged] of [
    ["searchIndexes", false],
    ["stagedSearchIndexes", true],
  ] as const) {
    for (const index of listOf(table, list)) add(index, textSpec(name, index, staged));
  }
  if (indexes.size > MOST_INDEXES) {
    throw invalid(`table "${name}" has more than ${MOST_INDEXES} indexes`);
  }
  return { documentType: documentType(name, table["documentType"]), indexes };
}

function listOf(table: JsonObject, name: string): JsonObject[] {
  return (table[name] ?? []) as JsonObject[];
}

function checkIndexName(table: string, index: string, taken: boolean): void {
  if (!IDENTIFIER.test(index)) throw invalid(`"${index}" of table "${table}" is not a valid index name`);
  if (index === "by_id" || index === "by_creation_time") {
    throw invalid(`index name "${index}" of table "${table}" is reserved`);
  }
  if (taken) throw invalid(`table "${table}" has two indexes named "${index}"`);
}

function databaseSpec(table: string, index: JsonObject, staged: boolean): IndexSpec {
  const fields = index["fields"] as string[];
  const label = `index "${String(index["indexDescriptor"])}" of table "${table}"`;
  if (fields.length === 0 || fields.length > MOST_INDEX_FIELDS) {
    throw invalid(`${label} must have between 1 and ${MOST_INDEX_FIELDS} fields`);
  }
  if (new Set(fields).size !== fields.length) throw invalid(`${label} names a field twice`);
  for (const field of fields) {
    if (field === "_creationTime" || field === "_id") {
      throw invalid(`${label} may not name "${field}": every index ends with it by itself`);
    }
    if (!field.split(".").every((part) => IDENTIFIER.test(part)))
      throw invalid(`${label}: "${field}" is not a field path`);
  }
  return { kind: "database", fields, staged };
}

function vectorSpec(table: string, index: JsonObject, staged: boolean): IndexSpec {
  const dimensions = Number(index["dimensions"]);
  if (!Number.isInteger(dimensions) || dimensions < DIMENSIONS.least || dimensions > DIMENSIONS.most) {
    throw invalid(
      `vector index "${String(index["indexDescriptor"])}" of table "${table}": dimensions must be between ${DIMENSIONS.least} and ${DIMENSIONS.most}`,
    );
  }
  const filterFields = (index["filterFields"] ?? []) as string[];
  return { kind: "vector", vectorField: String(index["vectorField"]), dimensions, filterFields, staged };
}

function textSpec(table: string, index: JsonObject, staged: boolean): IndexSpec {
  const filterFields = (index["filterFields"] ?? []) as string[];
  if (filterFields.length > MOST_INDEX_FIELDS) {
    throw invalid(
      `search index "${String(index["indexDescriptor"])}" of table "${table}" has more than ${MOST_INDEX_FIELDS} filter fields`,
    );
  }
  return { kind: "text", searchField: String(index["searchField"]), filterFields, staged };
}

function documentType(table: string, type: Json | undefined): Validator | null {
  if (type === null || type === undefined) return null;
  const validator = type as unknown as Validator;
  const options = validator.type === "union" ? validator.value : [validator];
  if (
    !options.every((option) => option.type === "object" || option.type === "any" || option.type === "union")
  ) {
    throw invalid(`documents of table "${table}" must be objects, unions of objects or any`);
  }
  for (const option of options)
    if (option.type === "object") checkFields(table, option.value as unknown as Json);
  return validator;
}

function checkFields(table: string, fields: Json): void {
  if (!isObject(fields)) return;
  for (const name of Object.keys(fields)) {
    if (!IDENTIFIER.test(name) || name.startsWith("_")) {
      throw invalid(`"${name}" of table "${table}" is not a valid field name`);
    }
  }
}

function invalid(reason: string): Failure {
  return new Failure("SchemaInvalid", `The schema is invalid: ${reason}.`);
}
