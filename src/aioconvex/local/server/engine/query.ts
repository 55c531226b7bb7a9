// Database queries: from the syscall's description to an index interval, and from there to rows.
import { passes, untagUndefined } from "./filter.ts";
import { type SearchFilter, TextSearch } from "./textSearch.ts";
import type { Transaction } from "./transaction.ts";
import type { Reading, ReadInterval } from "../live/readSet.ts";
import type { Table } from "../storage/catalog.ts";
import { BUILT_IN_FIELDS, BY_CREATION_TIME, DatabaseIndex } from "../storage/databaseIndex.ts";
import { type Interval, type ScannedRow, scanRows } from "../storage/rows.ts";
import { TextIndex } from "../storage/texts.ts";
import type { Json, JsonObject } from "../values/json.ts";
import { afterKey, afterPrefix, encodeKey, KEY_END, KEY_START } from "../values/keys.ts";

export interface RangeExpression {
  type: "Eq" | "Gt" | "Gte" | "Lt" | "Lte";
  fieldPath: string;
  value: Json;
}
export type QuerySource =
  | { type: "FullTableScan"; tableName: string; order: "asc" | "desc" | null }
  | { type: "IndexRange"; indexName: string; range: RangeExpression[]; order: "asc" | "desc" | null }
  | { type: "Search"; indexName: string; filters: SearchFilter[] };
export interface QueryDescription {
  source: QuerySource;
  operators: ({ filter: Json } | { limit: number })[];
}

/** Where a query reads; no table when nothing was ever stored under its name. */
export interface Plan extends Interval {
  /** `table.index` */
  name: string;
  table: Table | undefined;
  index: DatabaseIndex | undefined;
  descending: boolean;
  /** Set where rows come by their relevance, and the interval is one of ranks. */
  search: TextSearch | null;
}

const FIRST_BATCH = 16;
/** Documents may have a megabyte each, and what is not asked for is read in vain. */
const LARGEST_BATCH = 64;

export function plan(transaction: Transaction, source: QuerySource): Plan {
  const [tableName, indexName] =
    source.type === "FullTableScan" ? [source.tableName, BY_CREATION_TIME] : splitIndexName(source.indexName);
  const table = transaction.view.catalog.table(tableName);
  const index = table?.indexes.get(indexName);
  const name = `${tableName}.${indexName}`;
  if (index?.spec.staged) {
    throw new Error(`Index ${name} is currently staged and not available for queries.`);
  }
  const everything = { name, table, low: KEY_START, high: KEY_END };
  if (source.type === "Search") {
    if (table === undefined || !(index instanceof TextIndex))
      throw new Error(`Search index ${name} not found.`);
    const search = new TextSearch(transaction, table, index, source.filters);
    return { ...everything, index: undefined, descending: false, search };
  }
  const found = index instanceof DatabaseIndex ? index : undefined;
  const fields = BUILT_IN_FIELDS.get(indexName) ?? found?.spec.fields.concat("_creationTime");
  if (fields === undefined) throw new Error(`Index ${name} not found.`);
  const interval = source.type === "IndexRange" ? rangeInterval(source.range, fields, name) : null;
  return { ...everything, index: found, descending: source.order === "desc", search: null, ...interval };
}

/** The names of table and index in `table.index`. */
export function splitIndexName(name: string): [string, string] {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

/** Equality conditions may come in any order; together with the bounded field they must be the index's first. */
function rangeInterval(
  range: readonly RangeExpression[],
  fields: readonly string[],
  indexName: string,
): Interval {
  const equal = range.filter(({ type }) => type === "Eq");
  const bounds = range.filter(({ type }) => type !== "Eq");
  const inOrder = [...equal].sort(
    (left, right) => fields.indexOf(left.fieldPath) - fields.indexOf(right.fieldPath),
  );
  const bounded = [...new Set(bounds.map(({ fieldPath }) => fieldPath))];
  checkOrder([...inOrder.map(({ fieldPath }) => fieldPath), ...bounded], bounded[1], fields, indexName);
  const values = inOrder.map(({ value }) => untagUndefined(value));
  const prefix = encodeKey(values);
  const interval: { low?: Uint8Array; high?: Uint8Array } = {};
  for (const bound of bounds)
    applyBound(interval, bound, encodeKey([...values, untagUndefined(bound.value)]));
  return { low: interval.low ?? prefix, high: interval.high ?? afterPrefix(prefix) };
}

/** `secondBounded` is a field that inequalities name although they may bound one field only. */
function checkOrder(
  used: readonly string[],
  secondBounded: string | undefined,
  fields: readonly string[],
  indexName: string,
): void {
  const wrong = used.find((field, i) => fields[i] !== field) ?? secondBounded;
  if (wrong === undefined) return;
  const list = (names: readonly string[]) => `[${names.map((name) => JSON.stringify(name)).join(", ")}]`;
  throw new Error(
    `Tried to query index ${indexName} but the query didn't use the index fields in order.\n` +
      `Index fields: ${list(fields)}\nQuery fields: ${list(used)}\nFirst incorrect field: ${JSON.stringify(wrong)}\n` +
      "For more information see https://docs.convex.dev/using/indexes.",
  );
}

function applyBound(
  interval: { low?: Uint8Array; high?: Uint8Array },
  { type }: RangeExpression,
  key: Uint8Array,
): void {
  if (type === "Gt" || type === "Gte") {
    if (interval.low !== undefined) throw new Error("An index range may only have one lower bound.");
    interval.low = type === "Gt" ? afterPrefix(key) : key;
  } else {
    if (interval.high !== undefined) throw new Error("An index range may only have one upper bound.");
    interval.high = type === "Lt" ? key : afterPrefix(key);
  }
}

/** Pulls rows of an interval in growing batches; own writes in between are seen. */
export class Scan implements Reading {
  private readonly transaction: Transaction;
  private readonly plan: Plan;
  private low: Uint8Array;
  private high: Uint8Array;
  private batch: ScannedRow[] = [];
  private position = 0;
  private batchSize = FIRST_BATCH;
  private revision: number;
  private exhausted = false;
  private ended = false;

  constructor(transaction: Transaction, where: Plan) {
    // A search says by itself what it has read.
    if (where.search === null) transaction.reads?.add(this);
    this.transaction = transaction;
    this.plan = where;
    this.low = where.low;
    this.high = where.high;
    this.revision = transaction.revision;
  }

  next(): ScannedRow | null {
    if (this.revision !== this.transaction.revision) this.discardBatch();
    if (this.position >= this.batch.length && !this.fetch()) {
      this.ended = true;
      return null;
    }
    const row = this.batch[this.position++]!;
    if (this.plan.descending) this.high = row.key;
    else this.low = afterKey(row.key);
    this.transaction.usage.read(row.size);
    return row;
  }

  /** Ends at the last row taken, unless the lack of further rows was noticed too. */
  covered(): ReadInterval | null {
    const { name, low, high, descending } = this.plan;
    if (this.ended) return { index: name, low, high };
    if (this.low === low && this.high === high) return null;
    return descending ? { index: name, low: this.high, high } : { index: name, low, high: this.low };
  }

  private discardBatch(): void {
    this.batch = [];
    this.position = 0;
    this.exhausted = false;
    this.revision = this.transaction.revision;
  }

  private fetch(): boolean {
    if (this.exhausted) return false;
    this.batch = this.read({ low: this.low, high: this.high });
    this.position = 0;
    this.exhausted = this.batch.length < this.batchSize;
    this.batchSize = Math.min(this.batchSize * 4, LARGEST_BATCH);
    return this.batch.length > 0;
  }

  private read(interval: Interval): ScannedRow[] {
    const { table, index, descending, search } = this.plan;
    if (search !== null) return search.rows(interval, this.batchSize);
    if (table === undefined || index === undefined) return [];
    return scanRows(this.transaction.view, table, index, interval, descending, this.batchSize);
  }
}

/** A query being iterated: a scan with its filters and limits in the order they were chained. */
export class QueryStream {
  private readonly scan: Scan;
  private readonly steps: { filter?: Json; left?: number }[];

  constructor(transaction: Transaction, { source, operators }: QueryDescription) {
    transaction.usage.readRange();
    this.scan = new Scan(transaction, plan(transaction, source));
    this.steps = operators.map((operator) =>
      "limit" in operator ? { left: operator.limit } : { filter: operator.filter },
    );
  }

  /** The next document's JSON text, or null at the end. */
  next(): string | null {
    for (;;) {
      if (this.steps.some((step) => step.left !== undefined && step.left <= 0)) return null;
      const row = this.scan.next();
      if (row === null) return null;
      if (this.admits(row.doc)) return row.doc;
    }
  }

  private admits(doc: string): boolean {
    let document: JsonObject | undefined;
    for (const step of this.steps) {
      if (step.left !== undefined) step.left--;
      else if (!passes(step.filter!, (document ??= JSON.parse(doc) as JsonObject))) return false;
    }
    return true;
  }
}
