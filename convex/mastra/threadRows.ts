/** Rows of threads, and what several functions do with them. */
import { type Infer, v } from "convex/values";

import { checkSize } from "./documentSize";
import { refusal } from "./errors";
import { rowWithId } from "./lookup";
import { metadataOf, sameValue, storable } from "./metadata";
import type { Doc, Reader, Writer } from "./model";
import { mastraTables } from "./tables";

export type Thread = Doc<"mastra_threads">;

/** A thread as it travels: its metadata is JSON text, so that it may have any keys. */
export const threadRow = v.object({
  ...mastraTables.mastra_threads.validator.fields,
  metadata: v.optional(v.string()),
});

export type ThreadRow = Infer<typeof threadRow>;

/** The thread with this id, or null. */
export function threadWithId(db: Reader, id: string): Promise<Thread | null> {
  return rowWithId(db, "mastra_threads", id);
}

/** The columns of a thread. @throws ConvexError `DocumentTooLarge`. */
export function columnsOf({ metadata, ...columns }: ThreadRow) {
  const row =
    metadata === undefined
      ? columns
      : { ...columns, metadata: storable(metadataOf(metadata)) };
  checkSize(row);
  return row;
}

/**
 * Stores a thread that must be new; a repeated request finds its own.
 *
 * @throws ConvexError `ThreadExists`.
 */
export async function insertThread(db: Writer, thread: ThreadRow) {
  const columns = columnsOf(thread);
  const row = await threadWithId(db, thread.id);
  if (row === null) {
    await db.insert("mastra_threads", columns);
    return;
  }
  const { _id, _creationTime, ...stored } = row;
  if (sameValue(stored, columns)) return;
  throw refusal("ThreadExists", `Thread with id ${thread.id} already exists.`);
}

/** The instant of a write, which is later than the row's last one. */
export function laterThan(stored: string): string {
  const before = Date.parse(stored);
  const now = Date.now();
  // Clocks differ, and so do the times at which concurrent writes begin and end.
  const later = Number.isNaN(before) ? now : Math.max(now, before + 1);
  return new Date(later).toISOString();
}
