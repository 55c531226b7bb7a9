// The tables that hold everything but documents: format, clock, catalog, settings, environment.
import { randomBytes } from "node:crypto";
import type { Connection } from "./connection.ts";
import { Failure } from "../failure.ts";

const FORMAT_VERSION = 1;

export class Settings {
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  get(name: string): string | undefined {
    return this.connection.sql("SELECT value FROM meta WHERE name = ?").get(name)?.["value"] as
      string | undefined;
  }

  set(name: string, value: string): void {
    this.connection.sql("INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)").run(name, value);
  }

  environment(): Record<string, string> {
    const rows = this.connection.sql("SELECT name, value FROM env ORDER BY name").all();
    return Object.fromEntries(rows.map((row) => [String(row["name"]), String(row["value"])]));
  }

  /** A value of null removes the variable. */
  setVariable(name: string, value: string | null): void {
    if (value === null) this.connection.sql("DELETE FROM env WHERE name = ?").run(name);
    else this.connection.sql("INSERT OR REPLACE INTO env(name, value) VALUES(?, ?)").run(name, value);
  }
}

export function createSystemSchema(connection: Connection): void {
  connection.execute(`BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS clock(id INTEGER PRIMARY KEY CHECK(id = 1), ts INTEGER NOT NULL, creation REAL NOT NULL);
    CREATE TABLE IF NOT EXISTS tables(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE IF NOT EXISTS indexes(number INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, name TEXT NOT NULL, spec TEXT NOT NULL, UNIQUE(tbl, name));
    CREATE TABLE IF NOT EXISTS env(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    INSERT OR IGNORE INTO clock(id, ts, creation) VALUES(1, ${Date.now()} * 1000000, 0);
    INSERT OR IGNORE INTO meta(name, value) VALUES('format', '${FORMAT_VERSION}');
    INSERT OR IGNORE INTO meta(name, value) VALUES('secret', '${randomBytes(32).toString("hex")}');
    COMMIT;`);
  const format = Number(connection.sql("SELECT value FROM meta WHERE name = 'format'").get()!["value"]);
  if (format > FORMAT_VERSION) {
    throw new Failure(
      "DataNewer",
      `${String(connection.sql("PRAGMA database_list").get()!["file"])} was written by a newer aioconvex (format ${format}, this one reads up to ${FORMAT_VERSION}).`,
    );
  }
}
