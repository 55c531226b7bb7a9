// Which tables and indexes exist, with their numbers; SQL identifiers are built from those numbers only.
import type { Connection } from "./connection.ts";
import { BUILT_IN_FIELDS, DatabaseIndex, type DatabaseIndexSpec } from "./databaseIndex.ts";
import { TextIndex, type TextIndexSpec } from "./texts.ts";
import { VectorIndex, type VectorIndexSpec } from "./vectors.ts";

export type IndexSpec = DatabaseIndexSpec | VectorIndexSpec | TextIndexSpec;
export type TableIndex = DatabaseIndex | VectorIndex | TextIndex;

export interface Table {
  number: number;
  name: string;
  indexes: Map<string, TableIndex>;
}

/** The indexes that the schema declares, not those that every table has. */
export function declaredIndexes(table: Table): TableIndex[] {
  return [...table.indexes.values()].filter(({ name }) => !BUILT_IN_FIELDS.has(name));
}

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
      const table = catalog.byNumber.get(Number(row["tbl"]))!;
      const spec = JSON.parse(String(row["spec"])) as IndexSpec;
      catalog.addIndex(table, Number(row["number"]), String(row["name"]), spec);
    }
    return catalog;
  }

  addTable(number: number, name: string): Table {
    const table = { number, name, indexes: new Map() };
    this.byName.set(name, table);
    this.byNumber.set(number, table);
    return table;
  }

  addIndex(table: Table, number: number, name: string, spec: IndexSpec): TableIndex {
    const index = newIndex(table.name, number, name, spec);
    table.indexes.set(name, index);
    return index;
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

function newIndex(table: string, number: number, name: string, spec: IndexSpec): TableIndex {
  switch (spec.kind) {
    case "database":
      return new DatabaseIndex(number, table, name, spec);
    case "vector":
      return new VectorIndex(number, table, name, spec);
    case "text":
      return new TextIndex(number, table, name, spec);
  }
}
