// Stored files as the main thread sees them: bytes in, bytes out, rows in the engine.
import { type FileHandle, open } from "node:fs/promises";
import type { StoredBytes } from "./actions/messages.ts";
import type { EngineThread } from "./engine/thread.ts";
import { HttpError } from "./http/reply.ts";
import type { FileFolder, WrittenFile } from "./storage/fileFolder.ts";

const SHA256_BYTES = 32;

/** What is known of a stored file apart from its bytes. */
export interface FileInfo {
  uuid: string;
  /** In hexadecimal. */
  sha256: string;
  size: number;
  contentType: string | null;
}

export class Files {
  private readonly folder: FileFolder;
  private readonly engine: EngineThread;

  constructor(folder: FileFolder, engine: EngineThread) {
    this.folder = folder;
    this.engine = engine;
  }

  /** Stores bytes, all of them or none; returns the id. `expected` is the digest they must have, if known. */
  async store(
    source: AsyncIterable<Uint8Array>,
    contentType: string | null,
    expected: Buffer | null,
  ): Promise<string> {
    const written = await this.folder.write(source);
    try {
      if (expected !== null && !expected.equals(written.sha256)) throw mismatch(written, expected);
      const { uuid, size, sha256 } = written;
      const file = { uuid, size, sha256: sha256.toString("hex"), contentType };
      return await this.engine.request("addFile", file);
    } catch (error) {
      this.folder.remove(written.uuid);
      throw error;
    }
  }

  /** A whole file, by UUID or id; null when there is none. */
  async read(name: string): Promise<StoredBytes | null> {
    const found = await this.open(name);
    if (found === null) return null;
    try {
      return { bytes: new Uint8Array(await found.handle.readFile()), contentType: found.info.contentType };
    } finally {
      await found.handle.close();
    }
  }

  /** A file opened for reading, which stays readable if it is deleted meanwhile; null when there is none. */
  async open(name: string): Promise<{ info: FileInfo; handle: FileHandle } | null> {
    const info = await this.engine.request("findFile", { name });
    if (info === null) return null;
    try {
      return { info, handle: await open(this.folder.path(info.uuid)) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }
}

/** A SHA-256 in hexadecimal or base64. */
export function parseDigest(text: string): Buffer {
  const digest = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? "hex" : "base64");
  if (digest.length === SHA256_BYTES) return digest;
  throw new HttpError(400, "BadDigest", `${JSON.stringify(text)} is no SHA-256 in base64.`);
}

function mismatch({ sha256 }: WrittenFile, expected: Buffer): HttpError {
  const [is, should] = [sha256.toString("base64"), expected.toString("base64")];
  return new HttpError(400, "Sha256Mismatch", `The file's SHA-256 is ${is} and not ${should} as announced.`);
}
