// What indexes of all kinds have in common: tables in SQLite that follow the documents.
import type { Connection } from "./connection.ts";
import type { JsonObject } from "../values/json.ts";

/** A document that is written: what it was, null if it is new, and what it is, null if it is gone. */
export interface Write {
  row: number;
  internal: Uint8Array;
  before: JsonObject | null;
  after: JsonObject | null;
}

/** The transaction that writes it. */
export interface Writer {
  connection: Connection;
  afterCommit(effect: () => void): void;
}

export abstract class Index<Spec extends { kind: string; staged: boolean }> {
  readonly number: number;
  readonly name: string;
  /** `table.index` */
  readonly fullName: string;
  readonly spec: Spec;
  /** Its tables by their names, which hold integers of ours only, and their columns. */
  protected abstract readonly tables: Record<string, string>;

  constructor(number: number, table: string, name: string, spec: Spec) {
    this.number = number;
    this.name = name;
    this.fullName = `${table}.${name}`;
    this.spec = spec;
  }

  create(connection: Connection): void {
    for (const [name, columns] of Object.entries(this.tables)) {
      connection.execute(`CREATE TABLE ${name}${columns}`);
    }
  }

  drop(connection: Connection): void {
    for (const name of Object.keys(this.tables)) connection.execute(`DROP TABLE ${name}`);
  }

  clear(connection: Connection): void {
    for (const name of Object.keys(this.tables)) connection.execute(`DELETE FROM ${name}`);
  }

  /** Follows a document; returns the keys at which those notice that have read the index. */
  abstract write(writer: Writer, write: Write): Uint8Array[];
}
