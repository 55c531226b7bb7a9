// What is to run later: scheduled functions by their documents, and the next time of each cron job.
import type { Connection } from "./connection.ts";

export class JobRows {
  /** Whether something may be due sooner than before; whoever reads it sets it back. */
  changed = false;
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.execute(`
      CREATE TABLE IF NOT EXISTS jobs(id TEXT PRIMARY KEY, due REAL NOT NULL, running INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS jobs_by_due ON jobs(running, due, id);
      CREATE TABLE IF NOT EXISTS crons(name TEXT PRIMARY KEY, spec TEXT NOT NULL, next REAL) WITHOUT ROWID`);
  }

  add(id: string, due: number): void {
    this.connection.sql("INSERT INTO jobs VALUES(?, ?, 0)").run(id, due);
    this.changed = true;
  }

  has(id: string): boolean {
    return this.connection.sql("SELECT 1 FROM jobs WHERE id = ?").get(id) !== undefined;
  }

  remove(id: string): void {
    this.connection.sql("DELETE FROM jobs WHERE id = ?").run(id);
  }

  setRunning(id: string, running: boolean): void {
    this.connection.sql("UPDATE jobs SET running = ? WHERE id = ?").run(Number(running), id);
  }

  running(): string[] {
    return ids(this.connection.sql("SELECT id FROM jobs WHERE running = 1").all());
  }

  /** Those that wait and are due at `now`, the longest due first. */
  due(now: number, limit: number): string[] {
    const due = "SELECT id FROM jobs WHERE running = 0 AND due <= ? ORDER BY due, id LIMIT ?";
    return ids(this.connection.sql(due).all(now, limit));
  }

  /** When the next scheduled function or cron job is due; null for never. */
  nextDue(): number | null {
    const row = this.connection
      .sql(
        `SELECT min(due) AS due FROM (SELECT min(due) AS due FROM jobs WHERE running = 0
         UNION ALL SELECT min(next) FROM crons)`,
      )
      .get()!;
    return row["due"] === null ? null : Number(row["due"]);
  }

  clear(): void {
    this.connection.sql("DELETE FROM jobs").run();
  }

  // --- cron jobs

  cronSpecs(): Map<string, string> {
    const rows = this.connection.sql("SELECT name, spec FROM crons").all();
    return new Map(rows.map((row) => [String(row["name"]), String(row["spec"])]));
  }

  setCron(name: string, spec: string, next: number | null): void {
    this.connection.sql("INSERT OR REPLACE INTO crons VALUES(?, ?, ?)").run(name, spec, next);
    this.changed = true;
  }

  removeCron(name: string): void {
    this.connection.sql("DELETE FROM crons WHERE name = ?").run(name);
  }

  dueCrons(now: number): { name: string; next: number }[] {
    const rows = this.connection.sql("SELECT name, next FROM crons WHERE next <= ? ORDER BY next").all(now);
    return rows.map((row) => ({ name: String(row["name"]), next: Number(row["next"]) }));
  }
}

function ids(rows: Record<string, unknown>[]): string[] {
  return rows.map((row) => String(row["id"]));
}
