// Which file on disk belongs to which document of `_storage`.
import type { Connection } from "./connection.ts";
import type { View } from "./rows.ts";

export class FileRows {
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.execute(
      "CREATE TABLE IF NOT EXISTS files(uuid TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE) WITHOUT ROWID",
    );
  }

  add(uuid: string, id: string): void {
    this.connection.sql("INSERT INTO files VALUES(?, ?)").run(uuid, id);
  }

  remove(uuid: string): void {
    this.connection.sql("DELETE FROM files WHERE uuid = ?").run(uuid);
  }

  clear(): void {
    this.connection.sql("DELETE FROM files").run();
  }

  all(): Set<string> {
    return new Set(
      this.connection
        .sql("SELECT uuid FROM files")
        .all()
        .map((row) => String(row["uuid"])),
    );
  }
}

/** The file of a document's id, or of its own UUID; undefined when there is none. */
export function findFile({ connection }: View, name: string): { uuid: string; id: string } | undefined {
  const row = connection.sql("SELECT uuid, id FROM files WHERE id = ? OR uuid = ?").get(name, name);
  return row && { uuid: String(row["uuid"]), id: String(row["id"]) };
}
