// What live queries read, and whether commits find exactly the ones they concern.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { Random } from "./random.ts";
import { CursorSealer } from "../../../src/aioconvex/local/server/engine/cursors.ts";
import { page } from "../../../src/aioconvex/local/server/engine/paginate.ts";
import {
  type QueryDescription,
  QueryStream,
  type RangeExpression,
} from "../../../src/aioconvex/local/server/engine/query.ts";
import { Transaction } from "../../../src/aioconvex/local/server/engine/transaction.ts";
import { IntervalTree } from "../../../src/aioconvex/local/server/live/intervalTree.ts";
import { ReadSet } from "../../../src/aioconvex/local/server/live/readSet.ts";
import { Watches } from "../../../src/aioconvex/local/server/live/watches.ts";
import { Store } from "../../../src/aioconvex/local/server/storage/store.ts";
import type { JsonObject } from "../../../src/aioconvex/local/server/values/json.ts";

type Reader = (transaction: Transaction) => string;

const COMPARISONS = 60_000;
const QUERIES = 300;
const DOCUMENTS = 150;
const sealer = new CursorSealer("a secret");

/** A store of items, the queries watched on it, and what each commit invalidated. */
class Watched {
  readonly store = Store.open(":memory:", { durable: false });
  readonly watches = new Watches();
  hits: number[] = [];

  constructor() {
    this.store.transact(() => {
      const table = this.store.ensureTable("items");
      this.store.addIndex(table, "by_a", { kind: "database", fields: ["a"], staged: false });
      this.store.addIndex(table, "by_a_b", { kind: "database", fields: ["a", "b"], staged: false });
    });
    this.store.onCommit = (changes) => {
      assert.notEqual(changes, "everything");
      this.hits = this.watches.invalidate(changes as Exclude<typeof changes, "everything">);
    };
  }

  watch(number: number, read: Reader): string {
    const reads = new ReadSet();
    const { store } = this;
    const result = read(
      new Transaction({ view: store, store: null, schema: null, ts: store.lastTs, now: 1, reads }),
    );
    this.watches.add(number, reads);
    return result;
  }

  /** Runs `work` as one mutation and returns the queries it invalidated, in order. */
  write<T>(work: (transaction: Transaction) => T): { result: T; hits: number[] } {
    const { store } = this;
    const result = store.transact((ts) =>
      work(new Transaction({ view: store, store, schema: null, ts, now: Number(ts / 1_000_000n) })),
    );
    return { result, hits: this.hits.sort((a, b) => a - b) };
  }
}

function collect(transaction: Transaction, query: QueryDescription, most = Infinity): string {
  const stream = new QueryStream(transaction, query);
  const documents: string[] = [];
  while (documents.length < most) {
    const document = stream.next();
    if (document === null) break;
    documents.push(document);
  }
  return documents.join();
}

function range(
  indexName: string,
  range: RangeExpression[],
  order: "asc" | "desc" = "asc",
  operators: QueryDescription["operators"] = [],
): QueryDescription {
  return { source: { type: "IndexRange", indexName, range, order }, operators };
}
const eq = (fieldPath: string, value: number): RangeExpression => ({ type: "Eq", fieldPath, value });

function randomReader(random: Random, ids: string[]): Reader {
  const [a, b] = [random.below(10), random.below(10)];
  const order = random.pick(["asc", "desc"] as const);
  const most = random.pick([1, 2, 5, Infinity]);
  switch (random.below(8)) {
    case 0: {
      const id = random.pick(ids);
      return (transaction) => transaction.get({ id }, false);
    }
    case 1:
      return (transaction) => collect(transaction, range("items.by_a", [eq("a", a)], order), most);
    case 2:
      return (transaction) => collect(transaction, range("items.by_a_b", [eq("a", a), eq("b", b)], order));
    case 3: {
      const low: RangeExpression = { type: random.pick(["Gt", "Gte"]), fieldPath: "b", value: b };
      return (transaction) => collect(transaction, range("items.by_a_b", [eq("a", a), low], order), most);
    }
    case 4: {
      const high: RangeExpression = { type: random.pick(["Lt", "Lte"]), fieldPath: "a", value: a };
      const even = { filter: { $eq: [{ $field: "b" }, { $literal: b }] } };
      return (transaction) => collect(transaction, range("items.by_a", [high], order, [even, { limit: 3 }]));
    }
    case 5: {
      // A page, which keeps its end once it has one.
      let endCursor: string | null = null;
      const query = range("items.by_a", [{ type: "Gte", fieldPath: "a", value: a }], order);
      return (transaction) => {
        const made = page(transaction, sealer, { query, cursor: null, endCursor, pageSize: 1 + b });
        endCursor = made.continueCursor;
        return made.text;
      };
    }
    case 6:
      return (transaction) =>
        collect(
          transaction,
          { source: { type: "FullTableScan", tableName: "items", order }, operators: [] },
          most,
        );
    default: {
      // A join: what is read second depends on what was read first.
      return (transaction) => {
        const first = collect(transaction, range("items.by_a", [eq("a", a)], order), 1);
        if (first === "") return "none";
        const { b: found } = JSON.parse(first) as { b: number };
        return first + collect(transaction, range("items.by_a", [eq("a", found)], order), 2);
      };
    }
  }
}

function randomWrite(random: Random, ids: string[]): (transaction: Transaction) => void {
  return (transaction) => {
    for (let left = 1 + random.below(2); left > 0; left--) {
      const [a, b] = [random.below(10), random.below(10)];
      const place = random.below(ids.length);
      const id = ids[place]!;
      switch (random.below(4)) {
        case 0:
          transaction.remove({ id });
          ids[place] = transaction.insert("items", { a, b });
          break;
        case 1:
          transaction.patch({ id }, { c: random.next() });
          break;
        default:
          transaction.patch({ id }, random.next() < 0.5 ? { a } : { b });
      }
    }
  };
}

test("no result that a commit left alone has changed", (context) => {
  const random = new Random(11);
  const watched = new Watched();
  const ids = watched.write((transaction) =>
    Array.from({ length: DOCUMENTS }, () =>
      transaction.insert("items", { a: random.below(10), b: random.below(10) }),
    ),
  ).result;
  const queries = Array.from({ length: QUERIES }, () => randomReader(random, ids));
  const results = queries.map((read, number) => watched.watch(number, read));
  let [compared, again, needless] = [0, 0, 0];
  const { store } = watched;
  while (compared < COMPARISONS) {
    const hits = new Set(watched.write(randomWrite(random, ids)).hits);
    for (const [number, read] of queries.entries()) {
      const before = results[number];
      if (hits.has(number)) {
        results[number] = watched.watch(number, read);
        again++;
        if (results[number] === before) needless++;
        continue;
      }
      const now = read(new Transaction({ view: store, store: null, schema: null, ts: store.lastTs, now: 1 }));
      assert.equal(now, before, `query ${number} was not invalidated`);
      compared++;
    }
  }
  context.diagnostic(`${compared} compared, ${again} read again, ${needless} of these unchanged`);
  assert.ok(again < compared / 5, "most commits concern few queries");
});

test("a query that stopped early is not concerned by what lies behind", () => {
  const watched = new Watched();
  const insert = (a: number) => watched.write((transaction) => transaction.insert("items", { a, b: 0 })).hits;
  for (const a of [10, 20, 30, 40]) insert(a);
  const two = (order: "asc" | "desc"): Reader => {
    return (transaction) => collect(transaction, range("items.by_a", [], order), 2);
  };
  const watch = () => {
    watched.watches.clear();
    watched.watch(1, two("asc"));
    watched.watch(2, two("desc"));
    watched.watch(3, (transaction) => collect(transaction, range("items.by_a", [eq("a", 20)])));
    watched.watch(4, (transaction) => collect(transaction, range("items.by_a", [])));
  };
  const concerned: [number, number[]][] = [
    [5, [1, 4]],
    [15, [1, 4]],
    [22, [4]],
    [25, [4]],
    [35, [2, 4]],
    [45, [2, 4]],
  ];
  for (const [a, expected] of concerned) {
    watch();
    const { result, hits } = watched.write((transaction) => transaction.insert("items", { a, b: 0 }));
    assert.deepEqual(hits, expected, `a = ${a}`);
    watched.write((transaction) => transaction.remove({ id: result }));
  }
  watch();
  assert.deepEqual(insert(20), [3, 4], "the newer of two equals comes second");
});

test("a patch outside of what was read wakes nobody; one inside wakes all who read it", () => {
  const watched = new Watched();
  const add = (a: number) => watched.write((transaction) => transaction.insert("items", { a, b: 0 })).result;
  const [one, two] = [add(1), add(2)];
  watched.watch(1, (transaction) => transaction.get({ id: one }, false));
  watched.watch(2, (transaction) => collect(transaction, range("items.by_a", [eq("a", 1)])));
  const patch = (id: string, value: JsonObject) =>
    watched.write((transaction) => transaction.patch({ id }, value)).hits;
  assert.deepEqual(patch(two, { b: 5 }), []);
  assert.deepEqual(patch(one, { b: 5 }), [1, 2]);
  assert.deepEqual(patch(one, { b: 6 }), [], "an invalidated query is no longer watched");
});

test("what a rolled back transaction wrote concerns nobody", () => {
  const watched = new Watched();
  watched.watch(1, (transaction) => collect(transaction, range("items.by_a", [])));
  watched.write((transaction) => {
    const leave = transaction.savepoint();
    transaction.insert("items", { a: 1, b: 1 });
    leave(false);
  });
  assert.deepEqual(watched.hits, []);
});

test("a table that comes into being, and a reset, concern everybody", () => {
  const store = Store.open(":memory:", { durable: false });
  const told: unknown[] = [];
  store.onCommit = (changes) => told.push(changes);
  const insert = () =>
    store.transact((ts) =>
      new Transaction({ view: store, store, schema: null, ts, now: 1 }).insert("new", {}),
    );
  insert();
  insert();
  store.clear();
  assert.equal(told[0], "everything");
  assert.equal((told[1] as unknown[]).length, 1);
  assert.equal(told[2], "everything");
});

test("the interval tree finds what a search through all intervals finds", () => {
  const random = new Random(3);
  const tree = new IntervalTree();
  const key = () => random.bytes(random.below(4));
  let all: { low: Uint8Array; high: Uint8Array; owner: number }[] = [];
  for (let round = 0; round < 3000; round++) {
    if (all.length > 100 || (all.length > 0 && random.next() < 0.4)) {
      const gone = random.pick(all);
      tree.delete(gone, gone.owner);
      // What was added twice is there once.
      all = all.filter((interval) => !isDeepStrictEqual(interval, gone));
    } else {
      const [low, high] = [key(), key()].sort(Buffer.compare) as [Uint8Array, Uint8Array];
      const interval = { low, high, owner: random.below(20) };
      tree.add(interval, interval.owner);
      all.push(interval);
    }
    const probe = key();
    const found = new Set<number>();
    tree.collect(probe, found);
    const expected = all.filter(
      ({ low, high }) => Buffer.compare(low, probe) <= 0 && Buffer.compare(probe, high) < 0,
    );
    assert.deepEqual([...found].sort(), [...new Set(expected.map(({ owner }) => owner))].sort());
  }
});
