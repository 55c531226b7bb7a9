// The bytes of stored files: one file on disk for each, named by a UUID that nobody can guess.
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { dataFailure } from "./disk.ts";

export interface WrittenFile {
  uuid: string;
  size: number;
  sha256: Buffer;
}

const FOLDER = "files";
/** Not complete yet, and never to be if the process dies now. */
const PARTIAL = ".part";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text may name a file; nothing else ever becomes part of a path. */
export function isFileName(text: string): boolean {
  return UUID.test(text);
}

export class FileFolder {
  private readonly folder: string;

  constructor(dataFolder: string) {
    this.folder = join(dataFolder, FOLDER);
    // Not recursive: a data folder that has been removed at the end of the process stays removed.
    if (!existsSync(this.folder)) mkdirSync(this.folder);
  }

  path(uuid: string): string {
    if (!isFileName(uuid)) throw new Error(`${JSON.stringify(uuid)} names no file.`);
    return join(this.folder, uuid);
  }

  /** Writes all of `source`; on any failure nothing stays behind. */
  async write(source: AsyncIterable<Uint8Array>): Promise<WrittenFile> {
    const uuid = randomUUID();
    const path = this.path(uuid);
    try {
      const file = await open(path + PARTIAL, "wx", 0o600);
      const written = await copy(source, file);
      await rename(path + PARTIAL, path);
      return { uuid, ...written };
    } catch (error) {
      await rm(path + PARTIAL, { force: true });
      throw dataFailure(error, this.folder);
    }
  }

  remove(uuid: string): void {
    rmSync(this.path(uuid), { force: true });
  }

  has(uuid: string): boolean {
    return existsSync(this.path(uuid));
  }

  /** Removes all other files that are complete, such as those that a process that died could not remove. */
  keepOnly(uuids: ReadonlySet<string>): void {
    this.removeThose((name) => isFileName(name) && !uuids.has(name));
  }

  /** Removes what earlier processes could not complete. */
  removeUnfinished(): void {
    this.removeThose((name) => !isFileName(name));
  }

  private removeThose(are: (name: string) => boolean): void {
    try {
      for (const name of readdirSync(this.folder).filter(are))
        rmSync(join(this.folder, name), { force: true });
    } catch (error) {
      throw dataFailure(error, this.folder);
    }
  }
}

async function copy(
  source: AsyncIterable<Uint8Array>,
  file: FileHandle,
): Promise<{ size: number; sha256: Buffer }> {
  const hash = createHash("sha256");
  let size = 0;
  try {
    for await (const chunk of source) {
      hash.update(chunk);
      size += chunk.length;
      await file.appendFile(chunk);
    }
    // The row that names the file must not outlive a crash that the bytes do not.
    await file.sync();
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest() };
}
