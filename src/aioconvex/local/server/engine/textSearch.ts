// `.withSearchIndex`: rows that hold the words, the most relevant first.
import { untagUndefined } from "./filter.ts";
import type { Transaction } from "./transaction.ts";
import type { Table } from "../storage/catalog.ts";
import type { Interval, ScannedRow } from "../storage/rows.ts";
import { readByRow } from "../storage/rows.ts";
import { type Term, type TextIndex, wordsOf } from "../storage/texts.ts";
import type { Json, JsonObject } from "../values/json.ts";
import { compareValues, encodeKey, fieldAt, KEY_END, KEY_START } from "../values/keys.ts";

export type SearchFilter =
  { type: "Search"; fieldPath: string; value: string } | { type: "Eq"; fieldPath: string; value: Json };

interface Hit {
  row: number;
  /** Orders hits as results are ordered, so that pages of them have cursors. */
  key: Uint8Array;
}

const MOST_TERMS = 16;
const MOST_FILTERS = 8;
const MOST_RESULTS = 1024;

export class TextSearch {
  private readonly transaction: Transaction;
  private readonly table: Table;
  private readonly index: TextIndex;
  private readonly terms: Term[];
  private readonly equal: { path: string[]; value: Json | undefined }[];
  /** Ranked once: a row that the function writes meanwhile keeps its place, or has none. */
  private hits: Hit[] | null = null;
  /** Hits before this one have been asked for already. */
  private position = 0;
  private found = 0;

  constructor(transaction: Transaction, table: Table, index: TextIndex, filters: readonly SearchFilter[]) {
    this.transaction = transaction;
    this.table = table;
    this.index = index;
    this.terms = termsOf(index, filters);
    this.equal = filtersOf(index, filters);
    // Any text that comes or goes may change the order, whether or not it is found itself.
    const all = { index: index.fullName, low: KEY_START, high: KEY_END };
    transaction.reads?.add({ covered: () => all });
  }

  /** The next results in order, with keys inside the interval. */
  rows({ low, high }: Interval, limit: number): ScannedRow[] {
    this.hits ??= this.rank();
    const rows: ScannedRow[] = [];
    const { hits } = this;
    while (this.position < hits.length && Buffer.compare(hits[this.position]!.key, low) < 0) this.position++;
    for (const { row, key } of hits.slice(this.position)) {
      if (Buffer.compare(key, high) >= 0 || rows.length >= limit || this.found >= MOST_RESULTS) break;
      const stored = readByRow(this.transaction.view, this.table, row);
      if (stored !== undefined && this.accepts(stored.doc)) {
        this.found++;
        rows.push({ key, ...stored });
      }
    }
    return rows;
  }

  private rank(): Hit[] {
    const scores = this.index.scoreRows(this.transaction.view.connection, this.terms);
    const hits = [...scores].map(([row, score]) => ({ row, key: encodeKey([-score, -row]) }));
    return hits.sort((left, right) => Buffer.compare(left.key, right.key));
  }

  private accepts(doc: string): boolean {
    const document = JSON.parse(doc) as JsonObject;
    this.transaction.reads?.points.add(document["_id"] as string);
    return this.equal.every(({ path, value }) => compareValues(fieldAt(document, path), value) === 0);
  }
}

function termsOf({ spec, fullName }: TextIndex, filters: readonly SearchFilter[]): Term[] {
  const searches = filters.filter((filter) => filter.type === "Search");
  const [search] = searches;
  if (search === undefined || searches.length > 1 || search.fieldPath !== spec.searchField) {
    throw new Error(
      `Search queries against ${fullName} must contain exactly one search filter, on \`${spec.searchField}\`.`,
    );
  }
  const words = wordsOf(search.value);
  if (words.length > MOST_TERMS) {
    throw new Error(`Search query has too many terms: ${words.length} (maximum: ${MOST_TERMS}).`);
  }
  // Somebody may still be typing the last word.
  return words.map((text, i) => ({ text, isPrefix: i === words.length - 1 }));
}

function filtersOf(
  { spec, fullName }: TextIndex,
  filters: readonly SearchFilter[],
): { path: string[]; value: Json | undefined }[] {
  const equal = filters.filter((filter) => filter.type === "Eq");
  if (equal.length > MOST_FILTERS) {
    throw new Error(`Search query has too many filters: ${equal.length} (maximum: ${MOST_FILTERS}).`);
  }
  return equal.map(({ fieldPath, value }) => {
    if (!spec.filterFields.includes(fieldPath)) {
      throw new Error(`Field \`${fieldPath}\` is not a filter field of search index ${fullName}.`);
    }
    return { path: fieldPath.split("."), value: untagUndefined(value) };
  });
}
