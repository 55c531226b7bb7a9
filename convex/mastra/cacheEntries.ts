/**
 * What the cache stores: an entry for each key, and the items of lists in rows of
 * their own. An entry that is deleted or expired is gone for readers at once; to
 * delete the items of its list may take several calls.
 */
import { checkSize } from "./documentSize";
import { MAX_ROWS_READ } from "./lookup";
import type { Doc, Reader, Writer } from "./model";
import { ReadBudget } from "./scan";

export const ENTRIES = "mastra_cache";
const ITEMS = "mastra_cache_list_items";

export type Entry = Doc<typeof ENTRIES>;
type Item = Doc<typeof ITEMS>;

/** A part of a list, by the indexes of its first and last item. */
export interface Range {
  from: number;
  to: number;
}

/** The entry of a key, unless it is deleted or has expired. */
export async function liveEntry(
  db: Reader,
  key: string,
): Promise<Entry | null> {
  const entry = await entryOf(db, key);
  return entry !== null && isLive(entry) ? entry : null;
}

/**
 * The live entry of a key. While `hasMore`, something deleted or expired still is
 * in its place: come again.
 */
export async function settledEntry(
  db: Writer,
  key: string,
  sweep = new Sweep(),
) {
  const entry = await entryOf(db, key);
  if (entry === null || isLive(entry)) return { entry, hasMore: false };
  return { entry: null, hasMore: !(await remove(db, entry, sweep)) };
}

/** Deletes a key. False while items of its list are left: come again. */
export async function removeKey(db: Writer, key: string): Promise<boolean> {
  const entry = await entryOf(db, key);
  return entry === null
    ? emptied(db, itemsOf(db, key), new Sweep())
    : remove(db, entry, new Sweep());
}

/** Deletes what has exactly this prefix. False while something is left: come again. */
export async function removePrefix(
  db: Writer,
  keyPrefix: string,
): Promise<boolean> {
  const sweep = new Sweep();
  for (;;) {
    const entry = await db
      .query(ENTRIES)
      .withIndex("by_key_prefix", (q) => q.eq("keyPrefix", keyPrefix))
      .first();
    if (entry === null) break;
    if (!sweep.covers(entry)) return false;
    if (!(await remove(db, entry, sweep))) return false;
  }
  const orphans = db
    .query(ITEMS)
    .withIndex("by_key_prefix", (q) => q.eq("keyPrefix", keyPrefix));
  return emptied(db, orphans, sweep);
}

/**
 * Stores an entry in the place of the one that is there.
 *
 * @throws ConvexError `DocumentTooLarge`.
 */
export async function put(
  db: Writer,
  existing: Entry | null,
  entry: Omit<Entry, "_id" | "_creationTime">,
) {
  checkSize(entry);
  if (existing === null) await db.insert(ENTRIES, entry);
  else await db.replace(existing._id, entry);
}

/**
 * Appends an item to a list.
 *
 * @throws ConvexError `DocumentTooLarge`.
 */
export async function append(
  db: Writer,
  list: Entry | null,
  item: Omit<Item, "_id" | "_creationTime" | "index">,
  expiresAt: number | null,
) {
  const { key, keyPrefix } = item;
  const index = lengthOf(list);
  const row = { ...item, index };
  checkSize(row);
  const entry = { key, keyPrefix, kind: "list" as const, expiresAt };
  await put(db, list, { ...entry, counter: index + 1 });
  await db.insert(ITEMS, row);
}

/** The length of a list, or what a counter has come to. */
export function lengthOf(entry: Entry | null): number {
  return entry?.counter ?? 0;
}

/** A range of a list in indexes from 0 on; null when it is empty. */
export function rangeOf(length: number, { from, to }: Range): Range | null {
  const start = from < 0 ? Math.max(length + from, 0) : from;
  const end = to < 0 ? length + to : Math.min(to, length - 1);
  return end < start ? null : { from: start, to: end };
}

/** The values in a range and, if they are more than one call can read, the rest. */
export async function valuesIn(
  db: Reader,
  key: string,
  { from, to }: Range,
): Promise<{ values: string[]; rest?: Range }> {
  const items = db
    .query(ITEMS)
    .withIndex("by_key_index", (q) =>
      q.eq("key", key).gte("index", from).lte("index", to),
    );
  const budget = new ReadBudget();
  const values: string[] = [];
  for await (const item of items) {
    // The first item always fits.
    if (values.length === MAX_ROWS_READ || !budget.spend(item)) {
      return { values, rest: { from: item.index, to } };
    }
    values.push(item.value);
  }
  return { values };
}

// A function's own code has one second.
const MAX_ROWS_DELETED = 250;

/** What one call can still delete. */
export class Sweep {
  #rows = MAX_ROWS_DELETED;
  #budget = new ReadBudget();

  /** Books a row; false when the call cannot delete it any more. */
  covers(row: object): boolean {
    return this.#rows-- > 0 && this.#budget.spendToWrite(row);
  }
}

async function remove(
  db: Writer,
  entry: Entry,
  sweep: Sweep,
): Promise<boolean> {
  const done = await emptied(db, itemsOf(db, entry.key), sweep);
  if (done) await db.delete(entry._id);
  else if (entry.kind !== "deleted") {
    await db.patch(entry._id, { kind: "deleted" });
  }
  return done;
}

/** Deletes items; false while some are left. */
async function emptied(
  db: Writer,
  items: AsyncIterable<Item>,
  sweep: Sweep,
): Promise<boolean> {
  const rows: Item[] = [];
  let done = true;
  for await (const item of items) {
    done = sweep.covers(item);
    if (!done) break;
    rows.push(item);
  }
  for (const { _id } of rows) await db.delete(_id);
  return done;
}

function entryOf(db: Reader, key: string): Promise<Entry | null> {
  return db
    .query(ENTRIES)
    .withIndex("by_key", (q) => q.eq("key", key))
    .first();
}

function itemsOf(db: Reader, key: string) {
  return db.query(ITEMS).withIndex("by_key_index", (q) => q.eq("key", key));
}

function isLive({ kind, expiresAt }: Entry): boolean {
  return kind !== "deleted" && (expiresAt === null || expiresAt > Date.now());
}
