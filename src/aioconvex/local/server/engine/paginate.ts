// `.paginate(opts)`: one page of a query, its end fixed by a cursor.
import type { CursorSealer, Position } from "./cursors.ts";
import { passes } from "./filter.ts";
import { LIMITS } from "./limits.ts";
import { type Plan, plan, type QueryDescription, Scan } from "./query.ts";
import type { Transaction } from "./transaction.ts";
import type { Json, JsonObject } from "../values/json.ts";
import { afterKey } from "../values/keys.ts";

export interface PageRequest {
  query: QueryDescription;
  cursor: string | null;
  endCursor: string | null;
  pageSize: number;
  maximumRowsRead?: number | null;
  maximumBytesRead?: number | null;
}

interface PageLimits {
  documents: number;
  rows: number;
  bytes: number;
}

/** What a page's scan met, from which its cursors and status follow. */
interface PageScan {
  documents: string[];
  keys: Uint8Array[];
  bytes: number;
  stopped: "page full" | "range ended" | "limit hit";
}

const RECOMMEND_SPLIT = 0.75;

/** The page as JSON text, and the cursor at which it ends. */
export function page(
  transaction: Transaction,
  sealer: CursorSealer,
  request: PageRequest,
): { text: string; continueCursor: string } {
  const { query } = request;
  const end = request.endCursor === null ? null : sealer.open(request.endCursor, query);
  const limits = pageLimits(request, end !== null);
  const start = request.cursor === null ? null : sealer.open(request.cursor, query);
  transaction.usage.readRange();
  const where = start === "end" ? null : between(plan(transaction, query.source), start, end);
  const scanned: PageScan =
    where === null
      ? { documents: [], keys: [], bytes: 0, stopped: "range ended" }
      : scanPage(transaction, where, query, limits);
  const next = end ?? (scanned.stopped === "range ended" ? "end" : { after: scanned.keys.at(-1)! });
  const middle = scanned.keys.length > 2 ? scanned.keys[(scanned.keys.length - 1) >> 1]! : null;
  const continueCursor = sealer.seal(next, query);
  const rest = JSON.stringify({
    isDone: next === "end",
    continueCursor,
    splitCursor: middle === null ? null : sealer.seal({ after: middle }, query),
    pageStatus: pageStatus(scanned, limits),
  });
  return { text: `{"page":[${scanned.documents.join(",")}],${rest.slice(1)}`, continueCursor };
}

function pageLimits(request: PageRequest, pinned: boolean): PageLimits {
  const { pageSize, maximumRowsRead, maximumBytesRead } = request;
  if (maximumRowsRead === 0 || maximumBytesRead === 0) {
    throw new Error("maximumRowsRead and maximumBytesRead must be greater than 0");
  }
  if (pageSize < 1) throw new Error("Must request at least 1 document while paginating");
  if (pageSize > LIMITS.pageSize) {
    throw new Error(`Page size ${pageSize} is too large: the maximum is ${LIMITS.pageSize} documents`);
  }
  if (pinned) return { documents: Infinity, rows: LIMITS.documentsRead, bytes: LIMITS.bytesRead };
  return {
    documents: pageSize,
    rows: Math.min(maximumRowsRead ?? LIMITS.documentsRead, LIMITS.documentsRead),
    bytes: Math.min(maximumBytesRead ?? LIMITS.bytesRead, LIMITS.bytesRead),
  };
}

function between(where: Plan, start: Exclude<Position, "end"> | null, end: Position | null): Plan {
  const clipped = { ...where };
  if (start !== null) clip(clipped, start.after, "start");
  if (end !== null && end !== "end") clip(clipped, end.after, "end");
  return clipped;
}

function clip(where: Plan, key: Uint8Array, side: "start" | "end"): void {
  const cutsLow = (side === "start") !== where.descending;
  // The start is exclusive and the end inclusive, in the direction of the scan.
  if (cutsLow) where.low = side === "start" ? afterKey(key) : key;
  else where.high = side === "start" ? key : afterKey(key);
}

function scanPage(
  transaction: Transaction,
  where: Plan,
  query: QueryDescription,
  limits: PageLimits,
): PageScan {
  const scan = new Scan(transaction, where);
  const filters = query.operators.flatMap((operator): Json[] =>
    "filter" in operator ? [operator.filter] : [],
  );
  const scanned: PageScan = { documents: [], keys: [], bytes: 0, stopped: "page full" };
  while (scanned.documents.length < limits.documents) {
    if (scanned.keys.length > 0 && (scanned.keys.length >= limits.rows || scanned.bytes >= limits.bytes)) {
      return { ...scanned, stopped: "limit hit" };
    }
    const row = scan.next();
    if (row === null) return { ...scanned, stopped: "range ended" };
    scanned.keys.push(row.key);
    scanned.bytes += row.size;
    if (filters.length === 0) scanned.documents.push(row.doc);
    else {
      const document = JSON.parse(row.doc) as JsonObject;
      if (filters.every((filter) => passes(filter, document))) scanned.documents.push(row.doc);
    }
  }
  return scanned;
}

function pageStatus({ documents, keys, bytes, stopped }: PageScan, limits: PageLimits): string | null {
  if (stopped === "limit hit") return "SplitRequired";
  const large =
    keys.length > limits.rows * RECOMMEND_SPLIT ||
    bytes > limits.bytes * RECOMMEND_SPLIT ||
    documents.length > LIMITS.pageDocuments * RECOMMEND_SPLIT;
  return large ? "SplitRecommended" : null;
}
