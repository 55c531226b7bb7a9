// The project's schema as `export()` gives it, parsed and checked.
import { IDENTIFIER } from "./functions.ts";
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

const MOST_INDEXES = 64;
const MOST_INDEX_FIELDS = 16;
const DIMENSIONS = { least: 2, most: 4096 };
/** Where a table has its indexes, whether they are staged, and how they are read. */
const INDEXES = [
  ["indexes", false, databaseSpec],
  ["stagedDbIndexes", true, databaseSpec],
  ["vectorIndexes", false, vectorSpec],
  ["stagedVectorIndexes", true, vectorSpec],
  ["searchIndexes", false, textSpec],
  ["stagedSearchIndexes", true, textSpec],
] as const;

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
  for (const [list, staged, specOf] of INDEXES) {
    for (const index of (table[list] ?? []) as JsonObject[]) {
      const descriptor = String(index["indexDescriptor"]);
      checkIndexName(name, descriptor, indexes.has(descriptor));
      indexes.set(descriptor, specOf(`index "${descriptor}" of table "${name}"`, index, staged));
    }
  }
  if (indexes.size > MOST_INDEXES) {
    throw invalid(`table "${name}" has more than ${MOST_INDEXES} indexes`);
  }
  return { documentType: documentType(name, table["documentType"]), indexes };
}

function checkIndexName(table: string, index: string, taken: boolean): void {
  if (!IDENTIFIER.test(index)) throw invalid(`"${index}" of table "${table}" is not a valid index name`);
  if (index === "by_id" || index === "by_creation_time") {
    throw invalid(`index name "${index}" of table "${table}" is reserved`);
  }
  if (taken) throw invalid(`table "${table}" has two indexes named "${index}"`);
}

function databaseSpec(label: string, index: JsonObject, staged: boolean): IndexSpec {
  const fields = index["fields"] as string[];
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

function vectorSpec(label: string, index: JsonObject, staged: boolean): IndexSpec {
  const dimensions = Number(index["dimensions"]);
  const { least, most } = DIMENSIONS;
  if (!Number.isInteger(dimensions) || dimensions < least || dimensions > most) {
    throw invalid(`vector ${label}: dimensions must be between ${least} and ${most}`);
  }
  const filterFields = filterFieldsOf(`vector ${label}`, index);
  return { kind: "vector", vectorField: String(index["vectorField"]), dimensions, filterFields, staged };
}

function textSpec(label: string, index: JsonObject, staged: boolean): IndexSpec {
  const filterFields = filterFieldsOf(`search ${label}`, index);
  return { kind: "text", searchField: String(index["searchField"]), filterFields, staged };
}

function filterFieldsOf(label: string, { filterFields = [] }: JsonObject): string[] {
  const fields = filterFields as string[];
  if (fields.length <= MOST_INDEX_FIELDS) return fields;
  throw invalid(`${label} has more than ${MOST_INDEX_FIELDS} filter fields`);
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
