/**
 * Checks records against a table's columns. Convex checks them as well, but a
 * production deployment shows its caller only `Server Error`.
 */
import type { GenericValidator } from "convex/values";

import { refusal } from "./errors";
import type { TableName } from "./model";
import { type Fields, isObject } from "./requests";
import { mastraTables } from "./tables";

/**
 * Refuses fields that the table has no column for or whose value it does not
 * take and, in a record that is stored whole, columns that are missing.
 *
 * @throws ConvexError `InvalidRecord`.
 */
export function checkColumns(table: TableName, record: Fields, whole: boolean) {
  checkRecord(table, mastraTables[table].validator.fields, record, whole);
}

/** {@link checkColumns} of a table that may be the project's own. */
export function checkRecord(
  table: string,
  columns: Record<string, GenericValidator>,
  record: Fields,
  whole: boolean,
) {
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined) continue;
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (column === undefined) {
      throw invalidRecord(`${table} has no column "${name}"`);
    }
    if (!accepts(column, value))
      throw invalidRecord(misfit(table, name, value));
  }
  for (const [name, column] of Object.entries(columns)) {
    if (
      whole &&
      column.isOptional === "required" &&
      record[name] === undefined
    ) {
      throw invalidRecord(`A new row of ${table} needs "${name}"`);
    }
  }
}

/** The id of a record. @throws ConvexError `InvalidRecord` without one. */
export function recordId(record: Fields): string {
  if (typeof record.id !== "string" || record.id === "") {
    throw invalidRecord("Record is missing an id");
  }
  return record.id;
}

export function invalidRecord(problem: string) {
  return refusal("InvalidRecord", `${problem}.`);
}

function misfit(table: string, name: string, value: unknown): string {
  return value === null
    ? `${table}.${name} cannot be null; leave the field out instead`
    : `${table}.${name} does not take ${described(value)}`;
}

function described(value: unknown): string {
  if (Array.isArray(value)) return "a list with these elements";
  return isObject(value) ? "an object" : `a ${typeof value}`;
}

function accepts(column: GenericValidator, value: unknown): boolean {
  switch (column.kind) {
    case "string":
      return typeof value === "string";
    case "float64":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "null":
      return value === null;
    case "literal":
      return value === column.value;
    case "union":
      return column.members.some((member) => accepts(member, value));
    case "array":
      return (
        Array.isArray(value) &&
        value.every((element) => accepts(column.element, element))
      );
    default:
      return true; // `any`; no table of ours has another kind.
  }
}
