/** Rows of observational memory: each is a generation of what was observed. */
import { checkSize } from "./documentSize";
import { rowWithId } from "./lookup";
import type { Doc, Reader, Writer } from "./model";

export const MEMORY = "mastra_observational_memory";

export type Memory = Doc<typeof MEMORY>;

/** A place in a list of generations: just behind a row with these columns. */
export interface Place {
  generationCount: number;
  _creationTime: number;
}

/** The generation with this id, or null. */
export function memoryWithId(db: Reader, id: string): Promise<Memory | null> {
  return rowWithId(db, MEMORY, id);
}

/** The generations of a thread or resource, the newest first, from a place on. */
export async function* generations(
  db: Reader,
  lookupKey: string,
  after?: Place,
): AsyncGenerator<Memory> {
  const rows = db.query(MEMORY);
  if (after === undefined) {
    yield* rows
      .withIndex("by_lookup_key", (q) => q.eq("lookupKey", lookupKey))
      .order("desc");
    return;
  }
  const { generationCount, _creationTime } = after;
  yield* rows
    .withIndex("by_lookup_key", (q) =>
      q
        .eq("lookupKey", lookupKey)
        .eq("generationCount", generationCount)
        .lt("_creationTime", _creationTime),
    )
    .order("desc");
  yield* rows
    .withIndex("by_lookup_key", (q) =>
      q.eq("lookupKey", lookupKey).lt("generationCount", generationCount),
    )
    .order("desc");
}

/** Whether a generation was created in a span of time; both bounds belong to it. */
export function createdWithin(
  { createdAt }: Memory,
  from: string | undefined,
  to: string | undefined,
): boolean {
  return (
    (from === undefined || createdAt >= from) &&
    (to === undefined || createdAt <= to)
  );
}

/** @throws ConvexError `DocumentTooLarge`. */
export async function change(
  db: Writer,
  row: Memory,
  changes: Partial<Memory>,
) {
  checkSize({ ...row, ...changes });
  await db.patch(row._id, changes);
}
