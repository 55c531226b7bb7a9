// One transaction's reads and writes of documents, with Convex's rules and texts.
import { LIMITS, Usage } from "./limits.ts";
import { mismatch } from "./validate.ts";
import type { ReadSet } from "../live/readSet.ts";
import { IDENTIFIER } from "../project/functions.ts";
import type { Schema } from "../project/schema.ts";
import { FIRST_USER_TABLE, type SYSTEM_TABLES, type Table } from "../storage/catalog.ts";
import type { Write } from "../storage/indexes.ts";
import type { JobRows } from "../storage/jobRows.ts";
import { readRow, type View } from "../storage/rows.ts";
import type { Store } from "../storage/store.ts";
import { SystemTable } from "../storage/systemTable.ts";
import { decodeId, encodeId, newInternalId } from "../values/ids.ts";
import { isObject, type Json, type JsonObject, withCommitTs } from "../values/json.ts";
import { compareValues } from "../values/keys.ts";
import { checkMeasure } from "../values/size.ts";

const SYSTEM_FIELDS = ["_id", "_creationTime"] as const;

/** A document about to be written. */
interface Located extends Write {
  table: Table;
  before: JsonObject;
}

/** A document's address as a syscall gives it; `table` is set by calls that name the table. */
export interface Address {
  id: string;
  table?: string | undefined;
}

export interface TransactionOptions {
  view: View;
  store: Store | null;
  /** None for the engine's own transactions. */
  schema?: Schema | null;
  ts: bigint;
  now: number;
  reads?: ReadSet | null;
}

export class Transaction {
  readonly view: View;
  readonly usage = new Usage();
  /** The timestamp this transaction reads at and, if it writes, commits at. */
  readonly ts: bigint;
  readonly now: number;
  /** Filled for live queries. */
  readonly reads: ReadSet | null;
  /** Grows with every write, so that open scans notice. */
  revision = 0;
  /** Its function has ended, and what that left running may do nothing more. */
  closed = false;
  /** What is wrong with the data or its disk: nothing of the transaction may be stored any more. */
  failure: Error | null = null;
  private readonly store: Store | null;
  private readonly schema: Schema | null;

  constructor(options: TransactionOptions) {
    this.view = options.view;
    this.store = options.store;
    this.schema = options.schema ?? null;
    this.ts = options.ts;
    this.now = options.now;
    this.reads = options.reads ?? null;
  }

  /** The stored JSON text, `null` for a document that does not exist. */
  get(address: Address, isSystem: boolean): string {
    this.usage.readRange();
    this.reads?.points.add(address.id);
    const found = this.resolve(address, "get");
    if (found === null) return "null";
    const isSystemTable = found.table.number < FIRST_USER_TABLE;
    if (isSystemTable && !isSystem) throw new Error("System tables can only be accessed with db.system.");
    if (isSystem && !isSystemTable) throw new Error("User tables cannot be accessed with db.system.");
    const row = readRow(this.view, found.table, address.id);
    if (row === undefined) return "null";
    this.usage.read(row.size);
    return row.doc;
  }

  insert(tableName: string, value: Json): string {
    if (!IDENTIFIER.test(tableName)) throw new Error(`"${tableName}" is not a valid table name.`);
    const fields = this.checkedFields(tableName, value);
    for (const name of SYSTEM_FIELDS) {
      if (name in fields) throw new Error(`Field '${name}' of a new document is set by the database.`);
    }
    const store = this.writer();
    const table = store.ensureTable(tableName);
    const internal = newInternalId();
    const id = encodeId(table.number, internal);
    const document = { ...fields, _id: id, _creationTime: store.nextCreationTime(this.now) };
    store.insert(table, internal, document, this.checkDocument(table, document));
    this.revision++;
    return id;
  }

  patch(address: Address, value: Json): void {
    const target = this.locate(address, "Update");
    const document: JsonObject = { ...target.before };
    const removed = new Set<string>();
    for (const [name, field] of Object.entries(objectFor(target.table.name, value))) {
      if (isObject(field) && "$undefined" in field) removed.add(name);
      else document[name] = field;
    }
    for (const name of removed) delete document[name];
    this.update(target, removed.has("_id") ? { ...document, _id: null } : document);
  }

  replace(address: Address, value: Json): void {
    this.update(this.locate(address, "Replace"), value);
  }

  remove(address: Address): void {
    const { table, ...write } = this.locate(address, "Delete");
    this.usage.write(0);
    this.writer().remove(table, write);
    this.revision++;
  }

  /** Removes a stored file; `removeBytes` is for when that is certain. */
  removeFile({ id, uuid }: { id: string; uuid: string }, removeBytes: () => void): void {
    const store = this.writer();
    this.systemTable("_storage").remove(id);
    store.files.remove(uuid);
    store.afterCommit(removeBytes);
  }

  /** For the engine's own documents, about to be written. */
  systemTable(name: keyof typeof SYSTEM_TABLES): SystemTable {
    this.revision++;
    return new SystemTable(this.writer(), name);
  }

  /** What is to run later, about to be changed. */
  jobs(): JobRows {
    return this.writer().jobs;
  }

  normalizeId(tableName: string, text: string): string | null {
    const id = decodeId(text);
    return id !== null && this.view.catalog.table(tableName)?.number === id.table ? text : null;
  }

  /** Marks the state to which a nested mutation returns unless what it has done is kept. */
  savepoint(): (keep: boolean) => void {
    const store = this.writer();
    const mark = store.savepoint();
    return (keep) => {
      if (keep) return store.release(mark);
      store.rollbackTo(mark);
      this.revision++;
    };
  }

  private update({ table, ...write }: Located, value: Json): void {
    const { before } = write;
    const fields = this.checkedFields(table.name, value);
    checkSystemFields(before, fields);
    const after = { ...fields, _id: before["_id"]!, _creationTime: before["_creationTime"]! };
    this.writer().update(table, { ...write, after }, this.checkDocument(table, after));
    this.revision++;
  }

  /** The table and bytes an id names; null when its table does not exist here. */
  private resolve({ id, table }: Address, method: string): { table: Table; internal: Uint8Array } | null {
    const decoded = decodeId(id);
    if (decoded === null) {
      throw new Error(
        `Invalid argument \`id\` for \`db.${method}\`: Unable to decode ID: "${id}" is not a document ID.`,
      );
    }
    const found = this.view.catalog.numbered(decoded.table);
    if (table !== undefined && found?.name !== table) {
      const actual = found === undefined ? "an unknown table's ID" : `Id<"${found.name}">`;
      throw new Error(
        `Invalid argument \`id\` for \`db.${method}\`: expected to be an Id<"${table}">, got ${actual} instead.`,
      );
    }
    return found === undefined ? null : { table: found, internal: decoded.internal };
  }

  private locate(address: Address, verb: "Update" | "Replace" | "Delete"): Located {
    const method = verb === "Update" ? "patch" : verb.toLowerCase();
    const found = this.resolve(address, method);
    if (found !== null && found.table.number < FIRST_USER_TABLE) {
      throw new Error("System tables (prefixed with `_`) are read-only.");
    }
    const row = found === null ? undefined : this.writer().read(found.table, address.id);
    if (found === null || row === undefined)
      throw new Error(`${verb} on nonexistent document ID ${address.id}`);
    this.usage.read(row.size);
    return { ...found, row: row.row, before: JSON.parse(row.doc) as JsonObject, after: null };
  }

  private writer(): Store {
    if (this.store === null) throw new Error("Queries cannot write to the database.");
    return this.store;
  }

  private checkedFields(tableName: string, value: Json): JsonObject {
    const given = objectFor(tableName, value);
    const fields = { ...(hasCommitTs(given) ? (withCommitTs(given, this.ts) as JsonObject) : given) };
    for (const name of Object.keys(fields)) {
      if (SYSTEM_FIELDS.includes(name as "_id")) continue;
      if (name.startsWith("_")) throw reservedField(name);
      if (!IDENTIFIER.test(name)) {
        throw new Error(
          `Field name \`${name}\` of a document of table "${tableName}" is not a valid identifier.`,
        );
      }
    }
    return fields;
  }

  /** Checks limits and schema; returns the document's size. */
  private checkDocument(table: Table, document: JsonObject): number {
    const { size } = checkMeasure(document, { size: LIMITS.documentSize, depth: LIMITS.documentNesting });
    const found = schemaMismatch(this.schema, this.view, table.name, document);
    if (found !== null) {
      throw new Error(
        `Failed to insert or update a document in table "${table.name}" because it does not match the schema: ${found}`,
      );
    }
    this.usage.write(size);
    return size;
  }
}

function objectFor(tableName: string, value: Json): JsonObject {
  if (!isObject(value)) throw new Error(`Documents of table "${tableName}" must be objects.`);
  return value;
}

function checkSystemFields(old: JsonObject, fields: JsonObject): void {
  for (const name of SYSTEM_FIELDS) {
    if (name in fields && compareValues(fields[name], old[name]) !== 0) {
      throw new Error(
        `Provided value ${JSON.stringify(fields[name])} doesn't match '${name}' field of the document, ${JSON.stringify(old[name])}`,
      );
    }
  }
}

/** How a document deviates from its table's type, system fields aside; null when it does not. */
export function schemaMismatch(
  schema: Schema | null,
  view: View,
  table: string,
  document: JsonObject,
): string | null {
  const type = schema?.validates ? schema.tables.get(table)?.documentType : null;
  if (type === null || type === undefined || type.type === "any") return null;
  const { _id, _creationTime, ...fields } = document;
  return mismatch(fields, type, view.catalog);
}

function hasCommitTs(value: Json): boolean {
  if (Array.isArray(value)) return value.some(hasCommitTs);
  return (
    isObject(value) && Object.entries(value).some(([key, field]) => key === "$commitTs" || hasCommitTs(field))
  );
}

function reservedField(name: string): Error {
  return new Error(
    `Field '${name}' starts with an underscore, which is only allowed for system fields like '_id'`,
  );
}
