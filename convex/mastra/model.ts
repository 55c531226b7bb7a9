/**
 * Document types of Mastra's tables. They come from the table definitions, not
 * from `_generated/`, so that this folder type-checks in any project that it is
 * copied to.
 */
import {
  type DataModelFromSchemaDefinition,
  type DocumentByName,
  type GenericDatabaseReader,
  type GenericDatabaseWriter,
  type SchemaDefinition,
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

/** The validator of a table's stored documents, system fields included. */
export function documentOf<Name extends TableName>(
  name: Name,
): VObject<Doc<Name>, PropertyValidators> {
  const columns: PropertyValidators = mastraTables[name].validator.fields;
  const fields = { ...columns, _id: v.id(name), _creationTime: v.float64() };
  // The columns are this table's, which TypeScript cannot see through `Name`.
  return v.object(fields) as VObject<any, PropertyValidators>;
}
