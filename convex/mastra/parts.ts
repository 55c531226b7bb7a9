/** Lists in the order of an index, of which one call reads as much as it may. */
import type { OrderedQuery } from "convex/server";
import { type GenericValidator, v } from "convex/values";

import { MAX_ROWS_READ, type Selected } from "./lookup";
import { READ_BUDGET_BYTES } from "./paging";
import { invalid } from "./requests";

/** Where the last call stopped. */
export const partArgs = { cursor: v.optional(v.string()) };

/** The validator of a part: its rows and, unless it is the last, where it ended. */
export function partOf<Row extends GenericValidator>(row: Row) {
  return v.object({
    items: v.array(row),
    nextCursor: v.optional(v.string()),
  });
}

/** The rows of a list from a cursor on, `take` of them if one call can read so many. */
export async function readPart<Row>(
  list: OrderedQuery<{ document: Row } & any>,
  cursor: string | undefined,
  take = MAX_ROWS_READ,
) {
  if (!Number.isInteger(take) || take < 1) {
    throw invalid(`take must be an integer of at least 1, not ${take}`);
  }
  const { page, isDone, continueCursor } = await list.paginate({
    numItems: Math.min(take, MAX_ROWS_READ),
    cursor: cursor ?? null,
    maximumBytesRead: READ_BUDGET_BYTES,
  });
  return part<Row>(page as Row[], isDone ? null : continueCursor);
}

/** A part of rows that were selected. */
export function selectedPart<Row>({ rows, continuation }: Selected) {
  return part<Row>(rows as Row[], continuation);
}

function part<Row>(items: Row[], continuation: string | null) {
  return continuation === null
    ? { items }
    : { items, nextCursor: continuation };
}
