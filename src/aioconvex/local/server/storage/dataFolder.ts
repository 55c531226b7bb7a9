// Where data lies: a folder that is kept, or a temporary one that is gone with its process.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, lockFolder } from "./connection.ts";
import { dataFailure } from "./disk.ts";
import { Failure } from "../failure.ts";

export interface DataFolder {
  path: string;
  /** Deletes temporary data and leaves other data alone. */
  remove: () => void;
}

const PREFIX = "aioconvex-local-";
const LOCK = "lock.sqlite3";
/** By this age a live process has locked its folder. */
const SETTLED_MS = 60_000;
const MOST_AT_ONCE = 100;

/** Referenced for as long as the process lives: a collected connection would give up its lock. */
const heldLocks: Connection[] = [];

/** Opens and locks `folder`, or without one a temporary folder. */
export function openDataFolder(folder: string | null): DataFolder {
  const path = folder ?? mkdtempSync(join(tmpdir(), PREFIX));
  makeFolder(path);
  const isEmpty = readdirSync(path).length === 0;
  heldLocks.push(lockFolder(join(path, LOCK)));
  if (isEmpty && folder !== null) keepFromGit(path);
  // Again, if a worker has been at it meanwhile.
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  return { path, remove: folder === null ? remove : () => {} };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw dataFailure(error, path);
  }
}

/** The admin key is in there, and often the folder in a repository. What others have there is theirs. */
function keepFromGit(path: string): void {
  writeFileSync(join(path, ".gitignore"), "*\n");
}

/** Deletes the temporary folders of our processes that were killed and could not do it themselves. */
export async function removeAbandonedFolders(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((name) => name.startsWith(PREFIX)).slice(0, MOST_AT_ONCE)) {
    const path = join(tmpdir(), name);
    try {
      if (await isAbandoned(path)) await rm(path, { recursive: true, force: true });
    } catch (error) {
      process.stderr.write(`The abandoned folder ${path} could not be removed: ${error}\n`);
    }
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory() || found.uid !== process.getuid?.()) return false;
  return Date.now() - found.mtimeMs > SETTLED_MS && isUnlocked(join(path, LOCK));
}

/** A process holds its lock until it ends, however it ends. */
function isUnlocked(lock: string): boolean {
  try {
    lockFolder(lock).close();
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === "DataLocked") return false;
    throw error;
  }
}
