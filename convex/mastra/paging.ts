/** Bounded, ordered reads by `createdAt`, and the cursors that continue them. */
import type { IndexRange } from "convex/server";
import { type Value, getConvexSize, v } from "convex/values";

import { refusal } from "./errors";

export const orderValidator = v.union(v.literal("asc"), v.literal("desc"));
export type Order = "asc" | "desc";

/** The most rows one call returns or counts. */
export const MAX_ROWS = 1000;

/** The most bytes one call reads: Convex ends a function at 16 MiB. */
export const READ_BUDGET_BYTES = 12 * 1024 * 1024;

/** A row that lists are ordered by. */
export type Dated = { _id: string; _creationTime: number; createdAt: string };

/** A column that lists are ordered by. */
export type Timestamp = "createdAt" | "updatedAt";

/** What remains of an index's range once its filters are applied. */
type TimeRange = UpperBound & {
  eq(
    field: Timestamp,
    value: string,
  ): IndexRange & {
    gte(field: "_creationTime", value: number): IndexRange;
    lte(field: "_creationTime", value: number): IndexRange;
  };
  gt(field: Timestamp, value: string): UpperBound;
  gte(field: Timestamp, value: string): UpperBound;
};

type UpperBound = IndexRange & {
  lt(field: Timestamp, value: string): IndexRange;
  lte(field: Timestamp, value: string): IndexRange;
};

/** A part of an index's range, as seen from its timestamp on. */
export type Slice = (range: TimeRange) => IndexRange;

/** The rows of a list: one index range, in order, cut to a slice. */
export type Source<Row extends Dated> = (
  slice: Slice,
  order: Order,
) => AsyncIterable<Row>;

/** A span of time; a bound that is absent does not restrict it. */
export interface Period {
  start?: string | undefined;
  startExclusive?: boolean | undefined;
  end?: string | undefined;
  endExclusive?: boolean | undefined;
}

const everything: Slice = (range) => range;

function within(by: Timestamp, period: Period): Slice {
  return (range) => until(by, period, since(by, period, range));
}

function since(
  by: Timestamp,
  { start, startExclusive }: Period,
  range: TimeRange,
) {
  if (start === undefined) return range;
  return startExclusive ? range.gt(by, start) : range.gte(by, start);
}

function until(
  by: Timestamp,
  { end, endExclusive }: Period,
  range: UpperBound,
) {
  if (end === undefined) return range;
  return endExclusive ? range.lt(by, end) : range.lte(by, end);
}

/**
 * The number of rows a caller asked for, at most {@link MAX_ROWS}.
 *
 * @throws ConvexError `InvalidLimit` unless it is an integer of at least 1.
 */
export function rowLimit(limit: number): number {
  if (!Number.isInteger(limit) || limit < 1) {
    throw refusal(
      "InvalidLimit",
      `limit must be an integer of at least 1, not ${limit}.`,
    );
  }
  return Math.min(limit, MAX_ROWS);
}

/**
 * The first `limit` rows of a list.
 *
 * @throws ConvexError `TooManyBytes` when they are larger than one function may
 * read: a shorter list would look complete.
 */
export async function firstRows<Row extends Dated>(
  source: Source<Row>,
  order: Order,
  limit: number,
): Promise<Row[]> {
  const { rows, overBudget } = await readRows(
    source(everything, order),
    rowLimit(limit),
  );
  if (overBudget) {
    throw refusal(
      "TooManyBytes",
      `The first ${rows.length} rows are all that one query can read. ` +
        "Ask for fewer rows, or use the paginated function.",
    );
  }
  return rows;
}

/**
 * The number of rows of a list: exact up to {@link MAX_ROWS}. Of a longer list,
 * or one with more bytes than a function may read, it is a lower bound marked
 * as an estimate.
 */
export async function countRows<Row extends Dated>(source: Source<Row>) {
  const { rows, overBudget } = await readRows(
    source(everything, "asc"),
    MAX_ROWS + 1,
  );
  return {
    count: Math.min(rows.length, MAX_ROWS),
    isEstimate: overBudget || rows.length > MAX_ROWS,
  };
}

/** A page request: which list, in which order, from where, and how much. */
export interface PageRequest<Row extends Dated> {
  source: Source<Row>;
  order: Order;
  /** The column that the source's index is ordered by: `createdAt` unless told. */
  by?: Timestamp & keyof Row;
  period?: Period;
  /** Whether rows of one time are in the order of insertion in both directions. */
  stable?: boolean;
  /** Function and filters; a cursor is only good for the list it came from. */
  list: readonly unknown[];
  cursor: string | undefined;
  limit: number;
}

/**
 * One page of a list. Following `nextCursor` visits every row once, however
 * many rows share one `createdAt` and whatever is inserted meanwhile. A page of
 * large rows may be shorter than `limit`; `hasMore` alone tells the end.
 *
 * @throws ConvexError `InvalidCursor` for a cursor of another list or none.
 */
export async function page<Row extends Dated>(request: PageRequest<Row>) {
  const limit = rowLimit(request.limit);
  const { rows, overBudget } = await readRows(rowsOf(request), limit + 1);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = overBudget || rows.length > limit;
  return hasMore && last !== undefined
    ? { items, nextCursor: cursorAfter(last, request), hasMore }
    : { items, hasMore: false };
}

/** A list, and where to begin in it. */
export type Reading<Row extends Dated> = Omit<PageRequest<Row>, "limit">;

/**
 * The rows of a list from its cursor on.
 *
 * @throws ConvexError `InvalidCursor` for a cursor of another list or none.
 */
export function rowsOf<Row extends Dated>(
  reading: Reading<Row>,
): AsyncIterable<Row> {
  const { source, order, by = "createdAt", period = {}, cursor } = reading;
  const position =
    cursor === undefined ? undefined : decodeCursor(cursor, scopeOf(reading));
  if (order === "desc" && reading.stable) return stableDesc(reading, position);
  return position === undefined
    ? source(within(by, period), order)
    : rowsAfter(reading, position);
}

/** The rows of a list on one side of a row of it, the nearest first. */
export function rowsBeside<Row extends Dated>(
  row: Row,
  source: Source<Row>,
  order: Order,
): AsyncIterable<Row> {
  const { createdAt, _creationTime, _id } = row;
  return rowsAfter({ source, order }, [createdAt, _creationTime, _id]);
}

/** The cursor that continues a list after this row of it. */
export function cursorAfter<Row extends Dated>(
  row: Row,
  reading: Reading<Row>,
): string {
  const time: string = row[reading.by ?? ("createdAt" as const)] as any;
  return encodeCursor([time, row._creationTime, row._id], scopeOf(reading));
}

function scopeOf<Row extends Dated>(reading: Reading<Row>): string {
  const { list, order, by = "createdAt", period = {}, stable } = reading;
  const bounds = Object.entries(period).sort();
  return JSON.stringify([...list, order, by, bounds, stable ?? false]);
}

async function readRows<Row extends Dated>(
  stream: AsyncIterable<Row>,
  most: number,
): Promise<{ rows: Row[]; overBudget: boolean }> {
  const rows: Row[] = [];
  let bytes = 0;
  for await (const row of stream) {
    bytes += getConvexSize(row as unknown as Value);
    // A document has at most 1 MiB, so the first row always fits.
    if (bytes > READ_BUDGET_BYTES) return { rows, overBudget: true };
    rows.push(row);
    if (rows.length === most) break;
  }
  return { rows, overBudget: false };
}

/** Where a row lies in a list: its timestamp, `_creationTime` and `_id`. */
type Position = readonly [string, number, string];

type Place<Row extends Dated> = Pick<
  Reading<Row>,
  "source" | "order" | "by" | "period"
>;

async function* rowsAfter<Row extends Dated>(
  place: Place<Row>,
  position: Position,
): AsyncGenerator<Row> {
  const { source, order, by = "createdAt", period = {} } = place;
  const [time] = position;
  yield* tiesAfter(place, position);
  yield* source(
    (range) =>
      order === "asc"
        ? until(by, period, range.gt(by, time))
        : since(by, period, range).lt(by, time),
    order,
  );
}

async function* tiesAfter<Row extends Dated>(
  { source, order, by = "createdAt" }: Place<Row>,
  [time, creationTime, id]: Position,
): AsyncGenerator<Row> {
  const forward = order === "asc";
  const ties: Slice = (range) => {
    const tied = range.eq(by, time);
    return forward
      ? tied.gte("_creationTime", creationTime)
      : tied.lte("_creationTime", creationTime);
  };
  for await (const row of source(ties, order)) {
    // Transactions may share a creation time; an index orders their rows by id.
    const seen =
      row._creationTime === creationTime &&
      (forward ? row._id <= id : row._id >= id);
    if (!seen) yield row;
  }
}

// More rows of one time, or larger ones, are read again rather than held.
const MOST_HELD = 100;
const MOST_BYTES_HELD = 1024 * 1024;

async function* stableDesc<Row extends Dated>(
  place: Place<Row>,
  position: Position | undefined,
): AsyncGenerator<Row> {
  const { source, by = "createdAt", period = {} } = place;
  let end: string | undefined;
  if (position !== undefined) {
    yield* tiesAfter({ ...place, order: "asc" }, position);
    end = position[0];
  }
  for (;;) {
    const before = end;
    const earlier: Slice =
      before === undefined
        ? within(by, period)
        : (range) => since(by, period, range).lt(by, before);
    const crowded = yield* descUntilCrowded(source(earlier, "desc"), by);
    if (crowded === undefined) return;
    yield* source((range) => range.eq(by, crowded), "asc");
    end = crowded;
  }
}

/** Turns each time's rows around; returns the time of which there are too many. */
async function* descUntilCrowded<Row extends Dated>(
  rows: AsyncIterable<Row>,
  by: Timestamp & keyof Row,
): AsyncGenerator<Row, string | undefined> {
  let held: Row[] = [];
  let bytes = 0;
  for await (const row of rows) {
    if (held[0] !== undefined && held[0][by] !== row[by]) {
      yield* held.reverse();
      held = [];
      bytes = 0;
    }
    held.push(row);
    bytes += getConvexSize(row as unknown as Value);
    if (held.length > 1 && bytes > MOST_BYTES_HELD) return String(row[by]);
    if (held.length > MOST_HELD) return String(row[by]);
  }
  yield* held.reverse();
  return undefined;
}

function encodeCursor(where: Position, scope: string): string {
  const position = encodeURIComponent(JSON.stringify(where));
  return `${fingerprint(scope + position)}.${position}`;
}

function decodeCursor(cursor: string, scope: string): Position {
  const dot = cursor.indexOf(".");
  const position = cursor.slice(dot + 1);
  // Only a position that we encoded for this very list carries its fingerprint.
  if (dot < 0 || cursor.slice(0, dot) !== fingerprint(scope + position)) {
    throw refusal(
      "InvalidCursor",
      "The cursor does not belong to this list. Start again without a cursor.",
    );
  }
  return JSON.parse(decodeURIComponent(position));
}

/** FNV-1a: recognises our own cursors; it is no signature. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
