import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate, passes } from "../../../src/aioconvex/local/server/engine/filter.ts";
import { int64, type Json } from "../../../src/aioconvex/local/server/values/json.ts";

const document = {
  n: 3,
  zero: 0,
  big: int64(2n ** 40n),
  text: "abc",
  flag: true,
  nested: { deep: [1] },
  nothing: null,
};
const field = (path: string): Json => ({ $field: path });
const literal = (value: Json): Json => ({ $literal: value });

test("comparisons follow the order of values", () => {
  const comparisons: [Json, boolean][] = [
    [{ $eq: [field("n"), literal(3)] }, true],
    [{ $eq: [field("n"), literal(int64(3n))] }, false],
    [{ $neq: [field("n"), literal(3)] }, false],
    [{ $lt: [field("big"), field("n")] }, true],
    [{ $lte: [field("text"), literal("abc")] }, true],
    [{ $gt: [field("text"), literal("ab")] }, true],
    [{ $gte: [field("flag"), literal("")] }, false],
    [{ $eq: [field("nested.deep"), literal([1])] }, true],
    [{ $eq: [field("missing"), literal({ $undefined: null })] }, true],
    [{ $eq: [field("nothing"), literal({ $undefined: null })] }, false],
    [{ $lt: [field("missing"), field("nothing")] }, true],
    [{ $eq: [field("text.length"), literal({ $undefined: null })] }, true],
  ];
  for (const [expression, expected] of comparisons) {
    assert.equal(passes(expression, document), expected, JSON.stringify(expression));
  }
});

test("logic combines comparisons", () => {
  const yes = literal(true);
  const no = literal(false);
  assert.ok(passes({ $and: [yes, { $not: no }] }, document));
  assert.ok(!passes({ $and: [yes, no] }, document));
  assert.ok(passes({ $or: [no, field("flag")] }, document));
  assert.ok(passes({ $and: [] }, document));
  assert.ok(!passes({ $or: [] }, document));
});

test("only booleans are conditions", () => {
  assert.throws(
    () => passes(field("missing"), document),
    /Cannot use value undefined \(type undefined\) as a Boolean/,
  );
  assert.throws(
    () => passes({ $not: field("n") }, document),
    /Cannot use value 3\.0 \(type Float64\) as a Boolean/,
  );
});

test("arithmetic keeps floats and integers apart", () => {
  assert.equal(evaluate({ $add: [field("n"), literal(0.5)] }, document), 3.5);
  assert.equal(evaluate({ $mod: [{ $sub: [field("n"), literal(10)] }, literal(4)] }, document), -3);
  assert.deepEqual(evaluate({ $mul: [field("big"), literal(int64(2n))] }, document), int64(2n ** 41n));
  assert.deepEqual(evaluate({ $neg: field("big") }, document), int64(-(2n ** 40n)));
  assert.deepEqual(evaluate({ $neg: field("zero") }, document), { $float: "AAAAAAAAAIA=" });
  assert.deepEqual(evaluate({ $div: [field("n"), field("zero")] }, document), { $float: "AAAAAAAA8H8=" });
  assert.throws(() => evaluate({ $add: [field("n"), field("big")] }, document), /Cannot add/);
});

test("deep expressions take time as they have parts", () => {
  let expression = field("n");
  for (let i = 0; i < 64; i++) expression = { $neg: expression };
  assert.equal(evaluate(expression, document), 3);
});
