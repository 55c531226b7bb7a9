// Which tables and indexes exist, with their numbers; SQL identifiers are built from those numbers only.
import type { Connection } from "./connection.ts";
import { encodeKey, indexKey } from "../values/keys.ts";
import type { JsonObject } from "../values/json.ts";

export interface DatabaseIndexSpec {
  kind: "database";
  fields: string[];
  staged: boolean;
}
export interface VectorIndexSpec {
  kind: "vector";
  vectorField: string;
  dimensions: number;
  filterFields: string[];
  staged: boolean;
}
export interface TextIndexSpec {
  kind: "text";
  searchField: string;
  filterFields: string[];
  staged: boolean;
}
export type IndexSpec = DatabaseIndexSpec | VectorIndexSpec | TextIndexSpec;

export class DatabaseIndex {
  readonly number: number;
  readonly name: string;
  /** `table.index` */
  readonly fullName: string;
  readonly spec: DatabaseIndexSpec;
  private readonly paths: string[][];

  constructor(number: number, table: string, name: string, spec: DatabaseIndexSpec) {
    this.number = number;
    this.name = name;
    this.fullName = `${table}.${name}`;
    this.spec = spec;
    this.paths = spec.fields.map((field) => field.split("."));
  }

  /** The fields a range may constrain, in order. */
  get rangeFields(): string[] {
    if (this.name === BY_ID) return ["_id"];
    return this.name === BY_CREATION_TIME ? ["_creationTime"] : [...this.spec.fields, "_creationTime"];
  }

  keyOf(document: JsonObject, internal: Uint8Array): Uint8Array {
    return this.name === BY_ID ? encodeKey([document["_id"]]) : indexKey(this.paths, document, internal);
  }
}

export interface VectorIndex {
  number: number;
  name: string;
  spec: VectorIndexSpec;
}

export interface TextIndex {
  number: number;
  name: string;
  /** `table.index` */
  fullName: string;
  spec: TextIndexSpec;
}

export interface Table {
  number: number;
  name: string;
  indexes: Map<string, DatabaseIndex>;
  vectorIndexes: Map<string, VectorIndex>;
  textIndexes: Map<string, TextIndex>;
}

/** Of whatever kind; no two indexes of a table have the same name. */
export function findIndex(table: Table, name: string): DatabaseIndex | VectorIndex | TextIndex | undefined {
  return table.indexes.get(name) ?? table.vectorIndexes.get(name) ?? table.textIndexes.get(name);
}

/** The indexes that the schema declares, not those that every table has. */
export function declaredIndexes(table: Table): (DatabaseIndex | VectorIndex | TextIndex)[] {
  const all = [...table.indexes.values(), ...table.vectorIndexes.values(), ...table.textIndexes.values()];
  return all.filter(({ name }) => name !== BY_ID && name !== BY_CREATION_TIME);
}

export const BY_ID = "by_id";
export const BY_CREATION_TIME = "by_creation_time";
export const FIRST_USER_TABLE = 10001;
export const SYSTEM_TABLES = { _storage: 1, _scheduled_functions: 2 } as const;

/** The catalog of one connection: the writer's own, or the one frozen in a snapshot. */
export class Catalog {
  private readonly byName = new Map<string, Table>();
  private readonly byNumber = new Map<number, Table>();

  static load(connection: Connection): Catalog {
    const catalog = new Catalog();
    for (const row of connection.sql("SELECT number, name FROM tables").all()) {
      catalog.addTable(Number(row["number"]), String(row["name"]));
    }
    for (const row of connection.sql("SELECT number, tbl, name, spec FROM indexes ORDER BY number").all()) {
      const spec = JSON.parse(String(row["spec"])) as IndexSpec;
      catalog.addIndex(
        catalog.byNumber.get(Number(row["tbl"]))!,
        Number(row["number"]),
        String(row["name"]),
        spec,
      );
    }
    return catalog;
  }

  addTable(number: number, name: string): Table {
    const table = { number, name, indexes: new Map(), vectorIndexes: new Map(), textIndexes: new Map() };
    this.byName.set(name, table);
    this.byNumber.set(number, table);
    return table;
  }

  addIndex(table: Table, number: number, name: string, spec: IndexSpec): void {
    if (spec.kind === "database") {
      table.indexes.set(name, new DatabaseIndex(number, table.name, name, spec));
    } else if (spec.kind === "vector") {
      table.vectorIndexes.set(name, { number, name, spec });
    } else table.textIndexes.set(name, { number, name, fullName: `${table.name}.${name}`, spec });
  }

  removeIndex(table: Table, name: string): void {
    for (const indexes of [table.indexes, table.vectorIndexes, table.textIndexes]) indexes.delete(name);
  }

  table(name: string): Table | undefined {
    return this.byName.get(name);
  }

  numbered(number: number): Table | undefined {
    return this.byNumber.get(number);
  }

  tables(): Table[] {
    return [...this.byName.values()];
  }

  userTables(): Table[] {
    return this.tables().filter((table) => table.number >= FIRST_USER_TABLE);
  }
}
