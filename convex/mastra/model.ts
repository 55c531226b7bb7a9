/**
 * Function builders and document types of Mastra's tables. They come from the
 * table definitions, not from `_generated/`, so that this folder type-checks in
 * any project that it is copied to.
 */
import {
  type DataModelFromSchemaDefinition,
  type DocumentByName,
  type GenericDatabaseReader,
  type GenericDatabaseWriter,
  type MutationBuilder,
  type QueryBuilder,
  type SchemaDefinition,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { type PropertyValidators, type VObject, v } from "convex/values";

import { mastraTables } from "./tables";

export type DataModel = DataModelFromSchemaDefinition<
  SchemaDefinition<typeof mastraTables, true>
>;
export type TableName = keyof typeof mastraTables;
export type Doc<Name extends TableName> = DocumentByName<DataModel, Name>;
export type Reader = GenericDatabaseReader<DataModel>;
export type Writer = GenericDatabaseWriter<DataModel>;

/** Defines a public query that knows Mastra's tables. */
export const query: QueryBuilder<DataModel, "public"> = queryGeneric;

/** Defines a public mutation that knows Mastra's tables. */
export const mutation: MutationBuilder<DataModel, "public"> = mutationGeneric;

/** The validator of a table's stored documents, system fields included. */
export function documentOf<Name extends TableName>(
  name: Name,
): VObject<Doc<Name>, PropertyValidators> {
  const columns: PropertyValidators = mastraTables[name].validator.fields;
  const fields = { ...columns, _id: v.id(name), _creationTime: v.float64() };
  // The columns are this table's, which TypeScript cannot see through `Name`.
  return v.object(fields) as VObject<any, PropertyValidators>;
}
