import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { compareValues, convexToJson, type Value } from "convex/values";
import { Random } from "./random.ts";
import type { Json } from "../../../src/aioconvex/local/server/values/json.ts";
import * as keys from "../../../src/aioconvex/local/server/values/keys.ts";

const PAIRS = 30_000;

function tagged(value: Value | undefined): Json | undefined {
  return value === undefined ? undefined : (convexToJson(value) as Json);
}

function keyOf(...values: (Value | undefined)[]): Uint8Array {
  return keys.encodeKey(values.map(tagged));
}

test("keys sort as npm convex compares values", () => {
  const random = new Random(1);
  for (let i = 0; i < PAIRS; i++) {
    const left = random.next() < 0.02 ? undefined : random.value();
    const right = random.next() < 0.1 ? left : random.value();
    const expected = compareValues(left, right);
    assert.equal(Math.sign(Buffer.compare(keyOf(left), keyOf(right))), Math.sign(expected), `${i}`);
    assert.equal(Math.sign(keys.compareValues(tagged(left), tagged(right))), Math.sign(expected), `${i}`);
  }
});

test("keys of several fields sort field by field, whatever the lengths of the first", () => {
  const random = new Random(2);
  for (let i = 0; i < 5000; i++) {
    const [a, b, c, d] = [random.value(1), random.value(1), random.value(1), random.value(1)];
    const expected = compareValues(a, c) || compareValues(b, d);
    assert.equal(Math.sign(Buffer.compare(keyOf(a, b), keyOf(c, d))), Math.sign(expected), `${i}`);
  }
});

test("every key with a prefix lies between the prefix and the end after it", () => {
  const random = new Random(3);
  for (let i = 0; i < 5000; i++) {
    const [first, second, other] = [random.value(2), random.value(2), random.value(2)];
    const prefix = keyOf(first);
    const inside = (key: Uint8Array) =>
      Buffer.compare(prefix, key) <= 0 && Buffer.compare(key, keys.afterPrefix(prefix)) < 0;
    assert.ok(inside(keyOf(first, second)));
    assert.equal(inside(keyOf(other, second)), compareValues(first, other) === 0, `${i}`);
  }
});

test("no key lies between a key and the one after it", () => {
  const random = new Random(4);
  for (let i = 0; i < 5000; i++) {
    const [left, right] = [keyOf(random.value()), keyOf(random.value())];
    const after = keys.afterKey(left);
    assert.equal(Buffer.compare(left, right) < 0, Buffer.compare(after, right) <= 0);
  }
});

test("a NaN keeps its sign in the order", () => {
  const negative = { $float: "AAAAAAAA+P8=" };
  const positive = { $float: "AAAAAAAA+H8=" };
  const infinities = [{ $float: "AAAAAAAA8P8=" }, { $float: "AAAAAAAA8H8=" }] as const;
  const order = [negative, infinities[0], -1, infinities[1], positive].map((value) =>
    keys.encodeKey([value]),
  );
  assert.deepEqual([...order].sort(Buffer.compare), order);
});
