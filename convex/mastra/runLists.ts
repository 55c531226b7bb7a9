/** The newest runs, pages of them and their number; a run stored twice counts once. */
import { refusal } from "./errors";
import type { Reader } from "./model";
import { MAX_ROWS, rowLimit } from "./paging";
import { type Run, isLive, runsOf } from "./runRows";
import { scan } from "./scan";

/** Which runs; both filters apply. */
export interface RunFilter {
  workflowName?: string;
  resourceId?: string;
}

/**
 * The newest `limit` runs.
 *
 * @throws ConvexError `InvalidLimit`, or `TooManyBytes` when they are larger than
 * one function may read: a shorter list would look complete.
 */
export async function newestRuns(
  db: Reader,
  filter: RunFilter,
  limit: number,
): Promise<Run[]> {
  const take = rowLimit(limit);
  const { items, nextCursor } = await liveRuns(db, filter, take);
  if (nextCursor !== undefined && items.length < take) {
    throw refusal(
      "TooManyBytes",
      `The first ${items.length} rows are all that one query can read. ` +
        "Ask for fewer rows, or use the paginated function.",
    );
  }
  return items;
}

/** One page of the runs, newest first; see `page`. */
export async function pageOfRuns(
  db: Reader,
  filter: RunFilter,
  limit: number,
  cursor: string | undefined,
) {
  const { items, nextCursor } = await liveRuns(
    db,
    filter,
    rowLimit(limit),
    cursor,
  );
  return nextCursor === undefined
    ? { items, hasMore: false }
    : { items, nextCursor, hasMore: true };
}

/** The number of runs: exact up to 1000, else a lower bound; see `countRows`. */
export async function countRuns(db: Reader, filter: RunFilter) {
  const { items, nextCursor } = await liveRuns(db, filter, MAX_ROWS + 1);
  return {
    count: Math.min(items.length, MAX_ROWS),
    isEstimate: nextCursor !== undefined || items.length > MAX_ROWS,
  };
}

function liveRuns(
  db: Reader,
  filter: RunFilter,
  take: number,
  cursor?: string,
) {
  const { workflowName = null, resourceId = null } = filter;
  return scan({
    source: runsOf(db, filter),
    list: ["workflowRuns", workflowName, resourceId],
    order: "desc",
    cursor,
    take,
    counting: false,
    accepts: (row, budget) => isLive(db, row, budget),
  });
}
