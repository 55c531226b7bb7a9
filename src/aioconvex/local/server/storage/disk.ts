// What SQLite and the file system say of the data and its disk, in one sentence each.
import { Failure, fileTrouble, isFileError } from "../failure.ts";

/** SQLite's codes, without what it adds above the first byte. */
const NO_ROOM = new Set([10 /* I/O error, as behind the largest size of a file */, 13 /* full */]);
const DAMAGED = new Set([11 /* corrupt */, 26 /* no database */]);
const UNUSABLE = new Set([3 /* no permission */, 8 /* read-only */, 14 /* cannot be opened */]);
const NO_ROOM_FOR_FILES = new Set(["EDQUOT", "EFBIG", "EIO", "ENOSPC"]);

const ADVICE = "Mend that, or name another data folder.";

/** The failure that an error means, if it is about the data or the disk; otherwise the error. */
export function dataFailure(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  const { errcode = 0, code = "" } = error as { errcode?: number; code?: string };
  if (NO_ROOM.has(errcode & 0xff) || NO_ROOM_FOR_FILES.has(code)) {
    return new Failure(
      "DiskFull",
      `The disk of ${path} is full or fails; nothing was stored: ${error.message}.`,
    );
  }
  if (DAMAGED.has(errcode & 0xff)) {
    return new Failure(
      "DataCorrupt",
      `${path} is damaged or is not a database of the local deployment: ${error.message}. ${ADVICE}`,
    );
  }
  if (UNUSABLE.has(errcode & 0xff)) {
    return new Failure("FileUnusable", `${path} cannot be used: ${error.message}. ${ADVICE}`);
  }
  if (isFileError(error)) return new Failure("FileUnusable", `${fileTrouble(error, path)}. ${ADVICE}`);
  return error;
}
