import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "./random.ts";
import { CursorSealer, InvalidCursor } from "../../../src/aioconvex/local/server/engine/cursors.ts";
import { page, type PageRequest } from "../../../src/aioconvex/local/server/engine/paginate.ts";
import {
  type QueryDescription,
  QueryStream,
  type RangeExpression,
} from "../../../src/aioconvex/local/server/engine/query.ts";
import { Transaction } from "../../../src/aioconvex/local/server/engine/transaction.ts";
import { Store } from "../../../src/aioconvex/local/server/storage/store.ts";
import { float64, type Json, type JsonObject } from "../../../src/aioconvex/local/server/values/json.ts";

interface Page {
  page: JsonObject[];
  isDone: boolean;
  continueCursor: string;
  splitCursor: string | null;
  pageStatus: string | null;
}

const sealer = new CursorSealer("a secret");

function storeWith(values: Json[]): Store {
  const store = Store.open(":memory:", { durable: false });
  store.transact((ts) => {
    const table = store.ensureTable("items");
    store.addIndex(table, "by_value", { kind: "database", fields: ["value"], staged: false });
    const transaction = new Transaction({ view: store, store, schema: null, ts, now: 1000 });
    for (const [number, value] of values.entries()) transaction.insert("items", { value, number });
  });
  return store;
}

function reading(store: Store): Transaction {
  return new Transaction({ view: store, store: null, schema: null, ts: store.lastTs, now: 2000 });
}

function query(order: "asc" | "desc", operators: QueryDescription["operators"] = []): QueryDescription {
  return { source: { type: "IndexRange", indexName: "items.by_value", range: [], order }, operators };
}

function pageOf(store: Store, request: Partial<PageRequest> & { query: QueryDescription }): Page {
  const complete = { cursor: null, endCursor: null, pageSize: 10, ...request };
  return JSON.parse(page(reading(store), sealer, complete).text) as Page;
}

function all(store: Store, description: QueryDescription): JsonObject[] {
  const stream = new QueryStream(reading(store), description);
  const documents: JsonObject[] = [];
  for (let doc = stream.next(); doc !== null; doc = stream.next())
    documents.push(JSON.parse(doc) as JsonObject);
  return documents;
}

/** Walks all pages; `rows` counts what came, in order. */
function walk(
  store: Store,
  description: QueryDescription,
  size: () => number,
): { rows: JsonObject[]; pages: Page[] } {
  const pages: Page[] = [];
  for (let cursor: string | null = null; ;) {
    const next = pageOf(store, { query: description, cursor, pageSize: size() });
    pages.push(next);
    cursor = next.continueCursor;
    if (next.isDone) return { rows: pages.flatMap((one) => one.page), pages };
  }
}

test("pages visit each row exactly once, in order, for any data and page sizes", () => {
  const random = new Random(1);
  for (let round = 0; round < 60; round++) {
    const values = Array.from({ length: random.below(80) }, () => float64(random.below(8)));
    const store = storeWith(values);
    for (const order of ["asc", "desc"] as const) {
      const { rows } = walk(store, query(order), () => 1 + random.below(12));
      assert.deepEqual(rows, all(store, query(order)));
      assert.equal(rows.length, values.length);
    }
    store.close();
  }
});

test("filtered pages hold what the filtered query holds", () => {
  const random = new Random(2);
  const store = storeWith(Array.from({ length: 200 }, () => random.below(10)));
  const filtered = query("asc", [{ filter: { $gte: [{ $field: "value" }, { $literal: 5 }] } }]);
  const { rows } = walk(store, filtered, () => 1 + random.below(9));
  assert.deepEqual(rows, all(store, filtered));
});

test("a page that is exactly full is not the last, the empty one after it is", () => {
  const store = storeWith([1, 2, 3, 4]);
  const { pages } = walk(store, query("asc"), () => 2);
  assert.deepEqual(
    pages.map((one) => [one.page.length, one.isDone]),
    [
      [2, false],
      [2, false],
      [0, true],
    ],
  );
  const last = pageOf(store, { query: query("asc"), cursor: pages[2]!.continueCursor });
  assert.deepEqual([last.page, last.isDone], [[], true]);
});

test("an end cursor brings back the same rows, and those that have come between them", () => {
  for (const order of ["asc", "desc"] as const) {
    const store = storeWith([1, 2, 3, 4, 5, 6]);
    const first = pageOf(store, { query: query(order), pageSize: 2 });
    const second = pageOf(store, { query: query(order), pageSize: 2, cursor: first.continueCursor });
    store.transact((ts) => {
      new Transaction({ view: store, store, schema: null, ts, now: 3000 }).insert("items", { value: 3.5 });
    });
    const again = pageOf(store, {
      query: query(order),
      cursor: first.continueCursor,
      endCursor: second.continueCursor,
      pageSize: 1,
    });
    const values = [...second.page.map((item) => item["value"]), 3.5] as number[];
    assert.deepEqual(
      again.page.map((item) => item["value"]),
      values.sort((a, b) => (order === "asc" ? a - b : b - a)),
    );
    assert.equal(again.continueCursor, second.continueCursor);
    assert.equal(again.isDone, false);
    store.close();
  }
});

test("a split cursor halves a page without loss", () => {
  const store = storeWith([1, 2, 3, 4, 5]);
  const whole = pageOf(store, { query: query("asc"), pageSize: 5 });
  const left = pageOf(store, { query: query("asc"), endCursor: whole.splitCursor! });
  const right = pageOf(store, {
    query: query("asc"),
    cursor: whole.splitCursor!,
    endCursor: whole.continueCursor,
  });
  assert.deepEqual([...left.page, ...right.page], whole.page);
  assert.ok(left.page.length > 0 && right.page.length > 0);
  assert.equal(pageOf(store, { query: query("asc"), pageSize: 2 }).splitCursor, null);
});

test("a limit on rows read ends a page early and says so", () => {
  const store = storeWith([1, 2, 3, 4, 5, 6]);
  const none = query("asc", [{ filter: { $literal: false } }]);
  const short = pageOf(store, { query: none, maximumRowsRead: 4 });
  assert.deepEqual([short.page, short.isDone, short.pageStatus], [[], false, "SplitRequired"]);
  const rest = pageOf(store, { query: none, cursor: short.continueCursor, maximumRowsRead: 10 });
  assert.equal(rest.isDone, true);
  assert.throws(() => pageOf(store, { query: none, maximumRowsRead: 0 }), /must be greater than 0/);
  assert.throws(() => pageOf(store, { query: none, pageSize: 0 }), /at least 1 document/);
  assert.throws(() => pageOf(store, { query: none, pageSize: 32_001 }), /too large/);
});

test("a cursor of another query and a forged cursor are told apart", () => {
  const store = storeWith([1, 2, 3]);
  const { continueCursor } = pageOf(store, { query: query("asc"), pageSize: 1 });
  assert.throws(() => pageOf(store, { query: query("desc"), cursor: continueCursor }), InvalidCursor);
  const forged = Buffer.from(continueCursor, "base64url");
  forged[forged.length - 1]! ^= 1;
  assert.throws(
    () => pageOf(store, { query: query("asc"), cursor: forged.toString("base64url") }),
    /Failed to parse cursor/,
  );
  assert.throws(() => pageOf(store, { query: query("asc"), cursor: "" }), /Failed to parse cursor/);
});

test("an index range names the index's first fields, equalities in any order", () => {
  const store = Store.open(":memory:", { durable: false });
  store.transact((ts) => {
    const table = store.ensureTable("items");
    store.addIndex(table, "by_a_b", { kind: "database", fields: ["a", "b"], staged: false });
    const transaction = new Transaction({ view: store, store, schema: null, ts, now: 1 });
    for (const [a, b] of [
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
    ] as const)
      transaction.insert("items", { a, b });
  });
  type Range = [type: RangeExpression["type"], fieldPath: string, value: Json][];
  const find = (...range: Range) => {
    const expressions = range.map(([type, fieldPath, value]) => ({ type, fieldPath, value }));
    const source = {
      type: "IndexRange",
      indexName: "items.by_a_b",
      range: expressions,
      order: null,
    } as const;
    return all(store, { source, operators: [] }).map(({ a, b }) => `${a}${b}`);
  };
  assert.deepEqual(find(), ["11", "12", "13", "21"]);
  assert.deepEqual(find(["Eq", "b", 2], ["Eq", "a", 1]), ["12"]);
  assert.deepEqual(find(["Eq", "a", 1], ["Gt", "b", 1], ["Lte", "b", 3]), ["12", "13"]);
  assert.deepEqual(find(["Lt", "a", 2]), ["11", "12", "13"]);
  assert.deepEqual(find(["Eq", "a", 1], ["Eq", "b", 1], ["Gt", "_creationTime", 5]), []);
  const wrong: Range[] = [
    [["Eq", "b", 1]],
    [["Gt", "b", 1]],
    [
      ["Eq", "a", 1],
      ["Gt", "a", 0],
    ],
    [
      ["Eq", "a", 1],
      ["Eq", "a", 1],
    ],
    [
      ["Gt", "a", 1],
      ["Lt", "b", 1],
    ],
    [["Eq", "c", 1]],
  ];
  for (const range of wrong) assert.throws(() => find(...range), /didn't use the index fields in order/);
  assert.throws(() => find(["Gt", "a", 1], ["Gte", "a", 1]), /only have one lower bound/);
});

test("a scan sees the writes of its own transaction", () => {
  const store = storeWith([1, 2, 3]);
  store.transact((ts) => {
    const transaction = new Transaction({ view: store, store, schema: null, ts, now: 4000 });
    const stream = new QueryStream(transaction, query("asc"));
    const next = () => (JSON.parse(stream.next()!) as JsonObject | null)?.["value"];
    assert.equal(next(), 1);
    transaction.insert("items", { value: 1.5 });
    transaction.insert("items", { value: 0.5 });
    assert.deepEqual([next(), next(), next()], [1.5, 2, 3]);
    assert.equal(stream.next(), null);
  });
});
