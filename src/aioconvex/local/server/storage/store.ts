// The deployment's data: tables of documents and their indexes, written by one connection only.
import { Catalog, FIRST_USER_TABLE, type IndexSpec, SYSTEM_TABLES, type Table } from "./catalog.ts";
import { Connection } from "./connection.ts";
import { dataFailure } from "./disk.ts";
import { BY_CREATION_TIME, BY_ID, type DatabaseIndexSpec } from "./databaseIndex.ts";
import { FileRows } from "./fileRows.ts";
import type { Write } from "./indexes.ts";
import { JobRows } from "./jobRows.ts";
import { RecordedReplies } from "./recordedReplies.ts";
import { allDocuments, readRow, type StoredRow, type View } from "./rows.ts";
import { createSystemSchema, Settings } from "./settings.ts";
import { decodeId } from "../values/ids.ts";
import type { JsonObject } from "../values/json.ts";

const CREATION_STEP_MS = 1 / 4096;

/** A written document, and the keys it had and has in its table's indexes. */
export interface Change {
  id: string;
  keys: { index: string; key: Uint8Array }[];
}
/** What a commit changed; "everything" when tables came, went or were emptied. */
export type Changes = readonly Change[] | "everything";

export interface Savepoint {
  name: string;
  changes: number;
  effects: number;
}

export class Store implements View {
  readonly connection: Connection;
  readonly settings: Settings;
  readonly replies: RecordedReplies;
  readonly files: FileRows;
  readonly jobs: JobRows;
  catalog: Catalog;
  lastTs: bigint;
  /** Told of every commit, before anything else happens. */
  onCommit: (changes: Changes) => void = () => {};
  private lastCreation: number;
  private changes: Change[] = [];
  /** What is to happen outside the database once the transaction has committed. */
  private effects: (() => void)[] = [];
  private catalogChanged = false;
  private savepoints = 0;

  private constructor(connection: Connection) {
    this.connection = connection;
    createSystemSchema(connection);
    this.settings = new Settings(connection);
    this.replies = new RecordedReplies(connection);
    this.files = new FileRows(connection);
    this.jobs = new JobRows(connection);
    const clock = connection.sql("SELECT CAST(ts AS TEXT) AS ts, creation FROM clock").get()!;
    this.lastTs = BigInt(String(clock["ts"]));
    this.lastCreation = Number(clock["creation"]);
    this.catalog = Catalog.load(connection);
    this.createSystemTables();
    this.replies.forgetOld(this.lastTs);
  }

  static open(path: string, options: { durable: boolean }): Store {
    try {
      const connection = new Connection(path);
      // NORMAL under WAL survives the death of the process; temporary data need not even survive that.
      connection.execute(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${options.durable ? "NORMAL" : "OFF"};
        PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=4000;`);
      return new Store(connection);
    } catch (error) {
      throw dataFailure(error, path);
    }
  }

  close(): void {
    this.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    this.connection.close();
  }

  // --- transactions

  /** Starts a write transaction and returns the timestamp it will commit at. */
  begin(): bigint {
    this.connection.sql("BEGIN IMMEDIATE").run();
    return this.nextTs();
  }

  /** Does what is left to do and commits, or rolls back and fails. */
  commit<T>(ts: bigint, lastly: () => T): T {
    let result: T;
    try {
      result = lastly();
      this.connection.sql("UPDATE clock SET ts = ?, creation = ?").run(ts, this.lastCreation);
      this.connection.sql("COMMIT").run();
    } catch (error) {
      this.rollback();
      throw error;
    }
    this.lastTs = ts;
    this.onCommit(this.catalogChanged ? "everything" : this.changes);
    const { effects } = this;
    this.forgetChanges();
    effects.forEach(runAfterCommit);
    return result;
  }

  rollback(): void {
    try {
      this.connection.sql("ROLLBACK").run();
    } catch (error) {
      // SQLite has rolled back by itself already when, for example, the disk is full.
      if (!String(error).includes("no transaction is active")) throw error;
    }
    this.reloadCatalog();
    this.forgetChanges();
  }

  savepoint(): Savepoint {
    const name = `s${this.savepoints++}`;
    this.connection.execute(`SAVEPOINT ${name}`);
    return { name, changes: this.changes.length, effects: this.effects.length };
  }

  release({ name }: Savepoint): void {
    this.connection.execute(`RELEASE ${name}`);
  }

  rollbackTo({ name, changes, effects }: Savepoint): void {
    this.connection.execute(`ROLLBACK TO ${name}; RELEASE ${name}`);
    this.changes.length = changes;
    this.effects.length = effects;
    this.reloadCatalog();
  }

  /** Has `effect` happen once the open transaction has committed, and not at all if it is rolled back. */
  afterCommit(effect: () => void): void {
    this.effects.push(effect);
  }

  /** Runs `work` in a transaction of its own, for changes that no user function makes. */
  transact<T>(work: (ts: bigint) => T): T {
    const ts = this.begin();
    return this.commit(ts, () => work(ts));
  }

  private nextTs(): bigint {
    const now = BigInt(Date.now()) * 1_000_000n;
    return now > this.lastTs ? now : this.lastTs + 1n;
  }

  private forgetChanges(): void {
    this.changes = [];
    this.effects = [];
    this.catalogChanged = false;
    this.savepoints = 0;
  }

  private reloadCatalog(): void {
    if (!this.catalogChanged) return;
    this.connection.forgetStatements();
    this.catalog = Catalog.load(this.connection);
  }

  // --- documents

  /** Milliseconds, strictly increasing over the life of the data. */
  nextCreationTime(now: number): number {
    this.lastCreation = Math.max(now, this.lastCreation + CREATION_STEP_MS);
    return this.lastCreation;
  }

  read(table: Table, id: string): StoredRow | undefined {
    return readRow(this, table, id);
  }

  insert(table: Table, internal: Uint8Array, document: JsonObject, size: number): void {
    const statement = this.connection.sql(`INSERT INTO d_${table.number}(size, doc) VALUES(?, ?)`);
    const row = Number(statement.run(size, JSON.stringify(document)).lastInsertRowid);
    this.writeIndexes(table, { row, internal, before: null, after: document });
  }

  update(table: Table, write: Write, size: number): void {
    const statement = this.connection.sql(`UPDATE d_${table.number} SET size = ?, doc = ? WHERE r = ?`);
    statement.run(size, JSON.stringify(write.after), write.row);
    this.writeIndexes(table, write);
  }

  remove(table: Table, write: Write): void {
    this.connection.sql(`DELETE FROM d_${table.number} WHERE r = ?`).run(write.row);
    this.writeIndexes(table, write);
  }

  private writeIndexes(table: Table, write: Write): void {
    const keys = [];
    for (const index of table.indexes.values()) {
      for (const key of index.write(this, write)) keys.push({ index: index.fullName, key });
    }
    this.changes.push({ id: (write.after ?? write.before)!["_id"] as string, keys });
  }

  /** Deletes every document and keeps tables, indexes and environment. */
  clear(): void {
    this.transact(() => {
      this.replies.clear();
      this.files.clear();
      this.jobs.clear();
      this.lastCreation = 0;
      for (const table of this.catalog.tables()) {
        this.connection.execute(`DELETE FROM d_${table.number}`);
        for (const index of table.indexes.values()) index.clear(this.connection);
      }
      // No tables went, but nothing that anybody has read is still as it was.
      this.catalogChanged = true;
    });
  }

  // --- tables and indexes

  ensureTable(name: string): Table {
    const existing = this.catalog.table(name);
    if (existing !== undefined) return existing;
    const numbers = this.catalog.tables().map((table) => table.number);
    return this.createTable(
      (SYSTEM_TABLES as Record<string, number>)[name] ?? Math.max(FIRST_USER_TABLE - 1, ...numbers) + 1,
      name,
    );
  }

  private createTable(number: number, name: string): Table {
    this.connection.execute(
      `CREATE TABLE d_${number}(r INTEGER PRIMARY KEY, size INTEGER NOT NULL, doc TEXT NOT NULL)`,
    );
    this.connection.sql("INSERT INTO tables(number, name) VALUES(?, ?)").run(number, name);
    this.catalogChanged = true;
    const table = this.catalog.addTable(number, name);
    const spec: DatabaseIndexSpec = { kind: "database", fields: [], staged: false };
    this.addIndex(table, BY_ID, spec);
    this.addIndex(table, BY_CREATION_TIME, spec);
    return table;
  }

  addIndex(table: Table, name: string, spec: IndexSpec): void {
    const row = this.connection.sql("SELECT coalesce(max(number), 0) + 1 AS n FROM indexes").get()!;
    const number = Number(row["n"]);
    const statement = this.connection.sql("INSERT INTO indexes(number, tbl, name, spec) VALUES(?, ?, ?, ?)");
    statement.run(number, table.number, name, JSON.stringify(spec));
    this.catalogChanged = true;
    const index = this.catalog.addIndex(table, number, name, spec);
    index.create(this.connection);
    for (const { row, doc } of allDocuments(this, table)) {
      const after = JSON.parse(doc) as JsonObject;
      index.write(this, { row, internal: decodeId(after["_id"] as string)!.internal, before: null, after });
    }
  }

  dropIndex(table: Table, name: string): void {
    const index = table.indexes.get(name)!;
    this.connection.forgetStatements();
    index.drop(this.connection);
    this.connection.sql("DELETE FROM indexes WHERE number = ?").run(index.number);
    this.catalogChanged = true;
    table.indexes.delete(name);
  }

  /** For changes that need no backfill, such as an index leaving its staging. */
  respecifyIndex(table: Table, name: string, spec: IndexSpec): void {
    const { number } = table.indexes.get(name)!;
    this.connection.sql("UPDATE indexes SET spec = ? WHERE number = ?").run(JSON.stringify(spec), number);
    this.catalogChanged = true;
    this.catalog.addIndex(table, number, name, spec);
  }

  private createSystemTables(): void {
    const missing = Object.keys(SYSTEM_TABLES).filter((name) => this.catalog.table(name) === undefined);
    if (missing.length > 0) this.transact(() => missing.forEach((name) => this.ensureTable(name)));
  }
}

/** What has been committed stays so, whether or not this succeeds. */
function runAfterCommit(effect: () => void): void {
  try {
    effect();
  } catch (error) {
    console.error("A transaction has been committed, but what was to follow it failed:", error);
  }
}
