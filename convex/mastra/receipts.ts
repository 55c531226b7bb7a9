/**
 * Changes that may be asked for twice. A client whose connection is lost does not
 * know whether its call was applied. With a receipt, stored in the transaction of
 * the change, it may ask again: the change is not made twice, and the answer is
 * that of the first time.
 */
import { checkSize } from "./documentSize";
import { documentOf } from "./documents";
import type { Reader, Writer } from "./model";
import { type ReadBudget, writableRows } from "./scan";

const DOCUMENTS = "mastra_documents";

/** Where receipts are, among records of tables that Mastra does not know. */
export const RECEIPTS = "mastra_observation_receipts";

// Clients give a call up after half a minute, and try it three times.
const KEPT_MS = 10 * 60 * 1000;
const MOST_REMOVED = 10;

/**
 * Makes a change, or answers what it answered before.
 *
 * @param owner - the id of the record that is changed.
 * @param key - names the change; of one owner, those of later changes should be
 *   greater.
 */
export async function once<Answer>(
  db: Writer,
  owner: string,
  key: string,
  change: () => Promise<Answer>,
): Promise<Answer> {
  const primaryKey = prefixOf(owner) + key;
  const receipt = await documentOf(db, RECEIPTS, primaryKey);
  if (receipt !== null) return receipt.record.answer;
  const answer = await change();
  const document = { table: RECEIPTS, primaryKey, record: { answer } };
  checkSize(document);
  await removeOld(db, owner);
  await db.insert(DOCUMENTS, document);
  return answer;
}

async function removeOld(db: Writer, owner: string) {
  const oldest = await writableRows(receiptsOf(db, owner), MOST_REMOVED);
  const end = Date.now() - KEPT_MS;
  for (const { _id, _creationTime } of oldest.rows) {
    if (_creationTime < end) await db.delete(_id);
  }
}

/** What was changed of a record, to be forgotten when the record is deleted. */
export function receiptsOf(db: Reader, owner: string) {
  const first = prefixOf(owner);
  return db
    .query(DOCUMENTS)
    .withIndex("by_table_primary", (q) =>
      q
        .eq("table", RECEIPTS)
        .gte("primaryKey", first)
        .lt("primaryKey", `${first}\uffff`),
    );
}

/** Forgets what was changed of deleted records, as far as the budget goes. */
export async function forget(
  db: Writer,
  owners: readonly string[],
  budget: ReadBudget,
) {
  const { rows } = await writableRows(ofAll(db, owners), undefined, budget);
  for (const { _id } of rows) await db.delete(_id);
}

async function* ofAll(db: Reader, owners: readonly string[]) {
  for (const owner of owners) yield* receiptsOf(db, owner);
}

function prefixOf(owner: string): string {
  // No owner's prefix is the begin of another's.
  return `${JSON.stringify(owner)} `;
}
