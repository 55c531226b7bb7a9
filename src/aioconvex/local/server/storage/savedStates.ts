// Copies of the data that tests return to. They live as long as the process.
import { randomUUID } from "node:crypto";
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "./store.ts";

const FOLDER = "snapshots";
const DATABASE = "data.sqlite3";
const FILES = "files";
const PARTIAL = ".part";
/** What SQLite keeps beside a database belongs to that database alone. */
const COMPANIONS = ["-wal", "-shm"];

export class SavedStates {
  private readonly dataFolder: string;

  constructor(dataFolder: string) {
    this.dataFolder = dataFolder;
  }

  removeAll(): void {
    rmSync(join(this.dataFolder, FOLDER), { recursive: true, force: true });
    rmSync(join(this.dataFolder, DATABASE + PARTIAL), { force: true });
  }

  /** Copies what is committed, all of it or nothing; returns the copy's name. */
  save(store: Store): string {
    const name = randomUUID();
    const folder = this.folder(name);
    mkdirSync(join(folder, FILES), { recursive: true });
    try {
      store.connection.sql("VACUUM INTO ?").run(join(folder, DATABASE));
      // Stored files never change, so another name for the same bytes will do.
      for (const uuid of store.files.all()) linkSync(this.file(uuid), join(folder, FILES, uuid));
    } catch (error) {
      // On a full disk nobody can use half a copy.
      rmSync(folder, { recursive: true });
      throw error;
    }
    return name;
  }

  has(name: string): boolean {
    return existsSync(join(this.folder(name), DATABASE));
  }

  /**
   * Puts a copy in the place of the data, which nobody may have open after `close`. Whenever the process
   * dies or the disk is full, the data is whole: files that no row names yet harm nobody.
   */
  bring(name: string, close: () => void): void {
    const folder = this.folder(name);
    const database = join(this.dataFolder, DATABASE);
    copyFileSync(join(folder, DATABASE), database + PARTIAL);
    for (const uuid of readdirSync(join(folder, FILES))) {
      if (!existsSync(this.file(uuid))) linkSync(join(folder, FILES, uuid), this.file(uuid));
    }
    close();
    for (const companion of COMPANIONS) rmSync(database + companion, { force: true });
    renameSync(database + PARTIAL, database);
  }

  private folder(name: string): string {
    return join(this.dataFolder, FOLDER, name);
  }

  private file(uuid: string): string {
    return join(this.dataFolder, FILES, uuid);
  }
}
