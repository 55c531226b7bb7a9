/**
 * The native vector indexes that callers may use: those of the project's schema.
 * What a caller's configuration says of one must be what the schema says, so that
 * no other table is within reach and no vector is stored that no search would
 * find.
 */
import { type GenericValidator, type Infer, v } from "convex/values";

import schema from "../schema";
import { checkRecord } from "./columns";
import { checkSize } from "./documentSize";
import { refusal } from "./errors";
import { type Fields, invalid } from "./requests";
import { mastraTables } from "./tables";
import { requireDimension } from "./vectors";

/** How `ConvexNativeVector` describes an index; absent names have defaults. */
export const configValidator = v.object({
  tableName: v.string(),
  vectorIndexName: v.string(),
  dimension: v.optional(v.number()),
  idField: v.optional(v.string()),
  idIndexName: v.optional(v.string()),
  vectorField: v.optional(v.string()),
  metadataField: v.optional(v.string()),
  filterFields: v.optional(v.array(v.string())),
});
export type Config = Infer<typeof configValidator>;

/** A native vector index, and the columns of its table. */
export interface NativeIndex {
  table: string;
  name: string;
  dimension: number;
  /** Whether Convex still builds it. */
  staged: boolean;
  idField: string;
  idIndex: string;
  vectorField: string;
  metadataField: string;
  /** Columns that repeat a field of the metadata. */
  copiedFields: string[];
  /** Columns that the index filters by. */
  filterFields: string[];
}

// What a schema says of itself when it is deployed.
interface ExportedTable {
  tableName: string;
  indexes: { indexDescriptor: string; fields: string[] }[];
  vectorIndexes: ExportedVectorIndex[];
  stagedVectorIndexes?: ExportedVectorIndex[];
}
interface ExportedVectorIndex {
  indexDescriptor: string;
  vectorField: string;
  dimensions: number;
  filterFields: string[];
}

/** A vector index as the schema defines it. */
export function vectorIndexOf(
  table: string,
  name: string,
): (ExportedVectorIndex & { staged: boolean }) | undefined {
  const exported = exportedTables().find((t) => t.tableName === table);
  const named = (i: ExportedVectorIndex) => i.indexDescriptor === name;
  const active = exported?.vectorIndexes.find(named);
  const found = active ?? exported?.stagedVectorIndexes?.find(named);
  return found && { ...found, staged: active === undefined };
}

/**
 * The index that a configuration is about.
 *
 * @throws ConvexError `VectorIndexNotFound`, `VectorDimensionMismatch`, or
 * `InvalidRequest` where the schema says something else.
 */
export function nativeIndex(config: Config): NativeIndex {
  const { tableName: table, vectorIndexName: name } = config;
  const found = vectorIndexOf(table, name);
  if (found === undefined) {
    throw refusal(
      "VectorIndexNotFound",
      `The schema has no table "${table}" with a vector index "${name}".`,
    );
  }
  const { vectorField = "embedding", metadataField = "metadata" } = config;
  if (vectorField !== found.vectorField) {
    throw invalid(
      `${index(table, name)} is on "${found.vectorField}", not on "${vectorField}"`,
    );
  }
  const { dimensions: dimension, filterFields, staged } = found;
  if (config.dimension !== undefined && config.dimension !== dimension) {
    throw refusal(
      "VectorDimensionMismatch",
      `${index(table, name)} has ${dimension} dimensions, not ${config.dimension}.`,
    );
  }
  return {
    table,
    name,
    dimension,
    staged,
    idField: config.idField ?? "id",
    idIndex: config.idIndexName ?? "by_record_id",
    vectorField,
    metadataField,
    copiedFields: config.filterFields ?? [],
    filterFields,
  };
}

/**
 * Refuses an index that finds no rows by the id that callers give them.
 *
 * @throws ConvexError `InvalidRequest`.
 */
export function requireIdIndex({ table, idField, idIndex }: NativeIndex) {
  if (Object.hasOwn(mastraTables, table)) {
    throw invalid(
      `Table "${table}" is Mastra's own, and no table of one index`,
    );
  }
  const { indexes } = exportedTables().find((t) => t.tableName === table)!;
  const found = indexes.find((i) => i.indexDescriptor === idIndex);
  if (found?.fields[0] !== idField) {
    throw invalid(
      `Table "${table}" has no index "${idIndex}" on "${idField}", to find vectors by their ids`,
    );
  }
}

/** @throws ConvexError `InvalidVector` or `VectorDimensionMismatch`. */
export function requireVector(
  vector: number[],
  { dimension }: NativeIndex,
  what: string,
) {
  if (!vector.every(Number.isFinite)) {
    throw refusal("InvalidVector", `${what} has a number that is not finite.`);
  }
  requireDimension(vector, dimension, what);
}

/**
 * Refuses a row that Convex would not store.
 *
 * @throws ConvexError `InvalidRecord` or `DocumentTooLarge`.
 */
export function checkRow({ table }: NativeIndex, row: Fields, whole: boolean) {
  const { validator } = tables[table]!;
  if (validator.kind === "object") {
    checkRecord(table, validator.fields, row, whole);
  }
  checkSize(row);
}

const tables = schema.tables as Record<
  string,
  {
    validator:
      | { kind: "object"; fields: Record<string, GenericValidator> }
      | { kind: "union" | "any" };
  }
>;

function exportedTables(): ExportedTable[] {
  // Convex itself calls `export` to read a schema; its types leave it out.
  const exported = (schema as unknown as { export(): string }).export();
  return JSON.parse(exported).tables;
}

function index(table: string, name: string): string {
  return `Vector index "${name}" of table "${table}"`;
}
