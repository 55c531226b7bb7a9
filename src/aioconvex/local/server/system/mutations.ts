// What the `_system/…` mutations do that other programs send, for admins only.
import { QueryStream } from "../engine/query.ts";
import { Transaction } from "../engine/transaction.ts";
import type { Store } from "../storage/store.ts";
import type { Json, JsonObject } from "../values/json.ts";

const CLEARED_AT_ONCE = 1000;

/** Deletes the first documents of a table; no cursor is needed to find the next ones. */
export function clearTablePage(store: Store, args: JsonObject): Json {
  return store.transact((ts) => {
    const transaction = new Transaction({ view: store, store, ts, now: Date.now() });
    const deleted = deleteFirst(transaction, String(args["tableName"]));
    return { continueCursor: "", deleted, hasMore: deleted === CLEARED_AT_ONCE };
  });
}

function deleteFirst(transaction: Transaction, tableName: string): number {
  const source = { type: "FullTableScan", tableName, order: "asc" } as const;
  const rows = new QueryStream(transaction, { source, operators: [{ limit: CLEARED_AT_ONCE }] });
  const ids: string[] = [];
  for (let row = rows.next(); row !== null; row = rows.next())
    ids.push((JSON.parse(row) as { _id: string })._id);
  for (const id of ids) transaction.remove({ id });
  return ids.length;
}
