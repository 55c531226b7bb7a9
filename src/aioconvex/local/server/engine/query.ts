// Database queries: from the syscall's description to an index interval, and from there to rows.
import { passes, untagUndefined } from "./filter.ts";
import type { Transaction } from "./transaction.ts";
import { BY_CREATION_TIME, type DatabaseIndex, type Table } from "../storage/catalog.ts";
import { type Interval, type ScannedRow, scanRows } from "../storage/rows.ts";
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
  | { type: "Search"; indexName: string };
export interface QueryDescription {
  source: QuerySource;
  operators: ({ filter: Json } | { limit: number })[];
}

/** Where a query reads; no table when nothing was ever stored under its name. */
export interface Plan extends Interval {
  table: Table | undefined;
  index: DatabaseIndex | undefined;
  descending: boolean;
}

const FIRST_BATCH = 16;
const LARGEST_BATCH = 1024;

export function plan(transaction: Transaction, source: QuerySource): Plan {
  if (source.type === "Search") {
    throw new Error(`Text search (index ${source.indexName}) is not supported by the local deployment yet.`);
  }
  const descending = source.order === "desc";
  const [tableName, indexName] =
    source.type === "FullTableScan" ? [source.tableName, BY_CREATION_TIME] : splitIndexName(source.indexName);
  const table = transaction.view.catalog.table(tableName);
  const index = table?.indexes.get(indexName);
  if (index === undefined && indexName !== "by_id" && indexName !== BY_CREATION_TIME) {
    throw new Error(`Index ${tableName}.${indexName} not found.`);
  }
  if (index?.spec.staged) {
    throw new Error(`Index ${tableName}.${indexName} is currently staged and not available for queries.`);
  }
  const fields = index?.rangeFields ?? [indexName === "by_id" ? "_id" : "_creationTime"];
  const interval =
    source.type === "IndexRange" ? rangeInterval(source.range, fields) : { low: KEY_START, high: KEY_END };
  return { table, index, descending, ...interval };
}

function splitIndexName(name: string): [string, string] {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function rangeInterval(range: readonly RangeExpression[], fields: readonly string[]): Interval {
  const equal: (Json | undefined)[] = [];
  let position = 0;
  for (; range[position]?.type === "Eq"; position++) {
    checkField(range[position]!, fields, equal.length);
    equal.push(untagUndefined(range[position]!.value));
  }
  const prefix = encodeKey(equal);
  const bounds: { low?: Uint8Array; high?: Uint8Array } = {};
  for (const expression of range.slice(position)) {
    checkField(expression, fields, equal.length);
    applyBound(bounds, expression, encodeKey([...equal, untagUndefined(expression.value)]));
  }
  return { low: bounds.low ?? prefix, high: bounds.high ?? afterPrefix(prefix) };
}

function applyBound(
  bounds: { low?: Uint8Array; high?: Uint8Array },
  { type }: RangeExpression,
  key: Uint8Array,
): void {
  if (type === "Eq") {
    throw new Error("Index range expressions must list equality conditions before inequality conditions.");
  }
  if (type === "Gt" || type === "Gte") {
    if (bounds.low !== undefined) throw new Error("An index range may only have one lower bound.");
    bounds.low = type === "Gt" ? afterPrefix(key) : key;
  } else {
    if (bounds.high !== undefined) throw new Error("An index range may only have one upper bound.");
    bounds.high = type === "Lt" ? key : afterPrefix(key);
  }
}

function checkField({ fieldPath }: RangeExpression, fields: readonly string[], position: number): void {
  if (fields[position] === fieldPath) return;
  throw new Error(
    `Index range expressions must use the index's fields [${fields.join(", ")}] in order: ` +
      (position < fields.length
        ? `expected \`${fields[position]}\` but got \`${fieldPath}\`.`
        : `\`${fieldPath}\` comes after the last of them.`),
  );
}

/** Pulls rows of an interval in growing batches; own writes in between are seen. */
export class Scan {
  private readonly transaction: Transaction;
  private readonly plan: Plan;
  private low: Uint8Array;
  private high: Uint8Array;
  private batch: ScannedRow[] = [];
  private position = 0;
  private batchSize = FIRST_BATCH;
  private revision: number;
  private exhausted = false;

  constructor(transaction: Transaction, where: Plan) {
    this.transaction = transaction;
    this.plan = where;
    this.low = where.low;
    this.high = where.high;
    this.revision = transaction.revision;
  }

  next(): ScannedRow | null {
    if (this.revision !== this.transaction.revision) this.discardBatch();
    if (this.position >= this.batch.length && !this.fetch()) return null;
    const row = this.batch[this.position++]!;
    if (this.plan.descending) this.high = row.key;
    else this.low = afterKey(row.key);
    this.transaction.usage.read(row.size);
    return row;
  }

  private discardBatch(): void {
    this.batch = [];
    this.position = 0;
    this.exhausted = false;
    this.revision = this.transaction.revision;
  }

  private fetch(): boolean {
    const { table, index, descending } = this.plan;
    if (this.exhausted || table === undefined || index === undefined) return false;
    const interval = { low: this.low, high: this.high };
    this.batch = scanRows(this.transaction.view, table, index, interval, descending, this.batchSize);
    this.position = 0;
    this.exhausted = this.batch.length < this.batchSize;
    this.batchSize = Math.min(this.batchSize * 4, LARGEST_BATCH);
    return this.batch.length > 0;
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
