/**
 * Windows of filtered lists. Which rows pass a filter that no index has, and how
 * many there are, only shows when each row is read: one call reads a bounded part
 * of the list and says where the next call goes on.
 */
import {
  type GenericValidator,
  type Value,
  getConvexSize,
  v,
} from "convex/values";

import { refusal } from "./errors";
import {
  type Dated,
  READ_BUDGET_BYTES,
  type Reading,
  cursorAfter,
  rowsOf,
} from "./paging";

/** The most rows one call reads; a Convex array holds 8192 elements. */
export const MAX_ROWS_SCANNED = 4_000;

/** The most rows one call changes or deletes: its own code has one second. */
const MAX_ROWS_WRITTEN = 250;

/** What a scan's caller sends: the window, and where the last call stopped. */
export const scanArgs = {
  /** How many more matching rows to pass over. */
  skip: v.optional(v.number()),
  /** How many more to return; all unless told. */
  take: v.optional(v.number()),
  cursor: v.optional(v.string()),
};

/** For lists that may be long: whether to read on behind the window to count. */
export const counting = v.optional(v.boolean());

/** The bytes that one call may read. */
export class ReadBudget {
  #left: number;

  constructor(bytes = READ_BUDGET_BYTES) {
    this.#left = bytes;
  }

  /** Whether nothing more can be read. */
  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** Books a document to be changed or deleted, which Convex then reads again. */
  spendToWrite(document: object): boolean {
    this.spend(document);
    return this.spend(document);
  }

  /** Books a document, and says whether the budget covered it. */
  spend(document: object): boolean {
    this.#left -= getConvexSize(document as Value);
    return this.#left >= 0;
  }
}

/**
 * The rows that one call may read and then change or delete, `most` of them, and
 * whether there are more. They are read before the first write, since each write
 * would have the rest of the list looked up again.
 */
export async function writableRows<Row extends object>(
  list: AsyncIterable<Row>,
  most = MAX_ROWS_WRITTEN,
  budget = new ReadBudget(),
): Promise<{ rows: Row[]; hasMore: boolean }> {
  const rows: Row[] = [];
  for await (const row of list) {
    // The first row always fits, if nothing else was read.
    if (rows.length === most || !budget.spendToWrite(row)) {
      return { rows, hasMore: true };
    }
    rows.push(row);
  }
  return { rows, hasMore: false };
}

export interface ScanRequest<Row extends Dated> extends Reading<Row> {
  skip?: number | undefined;
  take?: number | undefined;
  /** Read on once the window is full, to count; unless told not to. */
  counting?: boolean | undefined;
  /** Where else the list's reads are booked, if its source books any. */
  budget?: ReadBudget | undefined;
  /** The filter. What it reads itself it books. */
  accepts(row: Row, budget: ReadBudget): boolean | Promise<boolean>;
}

/** The validator of what {@link scan} returns. */
export function scanOf<Row extends GenericValidator>(row: Row) {
  return v.object({
    items: v.array(row),
    matched: v.number(),
    nextCursor: v.optional(v.string()),
  });
}

/**
 * Reads a part of a list: `items` are the rows of the window that it has,
 * `matched` counts all that pass the filter, and `nextCursor` continues it; the
 * last part has none. The sum of `matched` is the list's total, unless it was
 * not to be counted: then the list goes on if a cursor is there.
 *
 * @throws ConvexError `InvalidWindow`, or `InvalidCursor` as `page` does.
 */
export async function scan<Row extends Dated>(request: ScanRequest<Row>) {
  const skip = whole("skip", request.skip ?? 0);
  const take =
    request.take === undefined ? Infinity : whole("take", request.take);
  const { counting = true, budget = new ReadBudget() } = request;
  const items: Row[] = [];
  let matched = 0;
  let read = 0;
  let last: Row | undefined;
  for await (const row of rowsOf(request)) {
    // A document has at most 1 MiB, so the first row always fits.
    const full = !counting && items.length === take;
    if (full || read === MAX_ROWS_SCANNED || !budget.spend(row)) {
      return { items, matched, nextCursor: cursorAfter(last ?? row, request) };
    }
    read++;
    last = row;
    if (!(await request.accepts(row, budget))) continue;
    if (matched >= skip && items.length < take) items.push(row);
    matched++;
  }
  return { items, matched };
}

function whole(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw refusal(
      "InvalidWindow",
      `${name} must be an integer of at least 0, not ${value}.`,
    );
  }
  return value;
}
