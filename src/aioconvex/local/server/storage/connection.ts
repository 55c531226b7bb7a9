// The only module that touches node:sqlite.
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { dataFailure } from "./disk.ts";
import { Failure } from "../failure.ts";

/** One SQLite connection with every statement prepared once. */
export class Connection {
  private readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(path: string, options: { readOnly: boolean } = { readOnly: false }) {
    this.database = new DatabaseSync(path, { readOnly: options.readOnly });
  }

  sql(text: string): StatementSync {
    let statement = this.statements.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      this.statements.set(text, statement);
    }
    return statement;
  }

  /** For statements that run once (schema changes, pragmas, transaction control). */
  execute(text: string): void {
    this.database.exec(text);
  }

  /** Statements of a dropped table must not outlive it. */
  forgetStatements(): void {
    this.statements.clear();
  }

  close(): void {
    this.statements.clear();
    this.database.close();
  }
}

/** Holds an exclusive lock on the data folder until the process ends, however it ends. */
export function lockFolder(path: string): Connection {
  try {
    const lock = new Connection(path);
    lock.execute("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held(x)");
    return lock;
  } catch (error) {
    if (!String(error).includes("locked")) throw dataFailure(error, path);
    throw new Failure(
      "DataLocked",
      `Another local deployment is using the data folder ${dirname(path)}: stop it, or name another folder.`,
    );
  }
}
