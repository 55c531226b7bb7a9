import assert from "node:assert/strict";
import { test } from "node:test";
import { v } from "convex/values";
import {
  mismatch,
  type TableNames,
  type Validator,
} from "../../../src/aioconvex/local/server/engine/validate.ts";
import { encodeId } from "../../../src/aioconvex/local/server/values/ids.ts";
import { int64, type Json } from "../../../src/aioconvex/local/server/values/json.ts";

const NUMBERS: Record<string, number> = { users: 10001, teams: 10002 };
const tables: TableNames = {
  table: (name) => (NUMBERS[name] === undefined ? undefined : { number: NUMBERS[name] }),
  numbered: (number) => {
    const name = Object.keys(NUMBERS).find((key) => NUMBERS[key] === number);
    return name === undefined ? undefined : { name };
  },
};

/** What npm convex exports for a validator. */
function check(value: Json, validator: unknown): string | null {
  return mismatch(value, (validator as { json: Validator }).json, tables);
}

test("values that fit", () => {
  const user = encodeId(10001, new Uint8Array(16));
  const fitting: [Json, unknown][] = [
    [1, v.any()],
    [null, v.null()],
    [1.5, v.number()],
    [{ $float: "AAAAAAAA+H8=" }, v.float64()],
    [int64(1n), v.int64()],
    [true, v.boolean()],
    ["x", v.string()],
    [{ $bytes: "" }, v.bytes()],
    [user, v.id("users")],
    ["a", v.literal("a")],
    [int64(3n), v.literal(3n)],
    [[1, 2], v.array(v.number())],
    [{}, v.object({ a: v.optional(v.string()) })],
    [{ a: 1, b: 2 }, v.record(v.string(), v.number())],
    [null, v.union(v.string(), v.null())],
  ];
  for (const [value, validator] of fitting)
    assert.equal(check(value, validator), null, JSON.stringify(value));
});

test("values that do not fit", () => {
  const misfits: [Json, unknown][] = [
    [1, v.int64()],
    [int64(1n), v.number()],
    [null, v.optional(v.string())],
    ["x", v.id("users")],
    [{ $bytes: "" }, v.object({})],
    [1, v.union()],
    [{ a: "x" }, v.record(v.string(), v.number())],
    [int64(1n), v.string()],
    [[], v.object({})],
  ];
  for (const [value, validator] of misfits)
    assert.notEqual(check(value, validator), null, JSON.stringify(value));
});

test("texts name the path, the value and the validator", () => {
  const validator = v.object({ a: v.array(v.object({ n: v.number() })), o: v.optional(v.int64()) });
  assert.equal(
    check({ a: [{ n: 1 }, { n: "x" }] }, validator),
    'Value does not match validator.\nPath: .a[1].n\nValue: "x"\nValidator: v.float64()',
  );
  assert.equal(
    check({}, validator),
    "Object is missing the required field `a`. Consider wrapping the field validator in `v.optional(...)` if this is expected." +
      "\n\nObject: {}\nValidator: v.object({a: v.array(v.object({n: v.float64()})), o: v.optional(v.int64())})",
  );
  assert.equal(
    check({ z: 1, y: int64(2n) }, v.object({ z: v.number() })),
    "Object contains extra field `y` that is not in the validator.\n\nObject: {y: 2n, z: 1.0}\nValidator: v.object({z: v.float64()})",
  );
  assert.equal(check("b", v.literal("a")), '`"b"` does not match literal validator `v.literal("a")`.');
  const team = encodeId(10002, new Uint8Array(16));
  assert.equal(
    check(team, v.id("users")),
    `Found ID "${team}" from table \`teams\`, which does not match the table name in validator \`v.id("users")\`.`,
  );
});

test("several problems of an object are listed together", () => {
  const validator = v.object({
    name: v.string(),
    count: v.number(),
    inner: v.optional(v.object({ a: v.literal(1) })),
  });
  assert.equal(
    check({ name: 1, extra: true, inner: { a: 2 } }, validator),
    [
      "Object has multiple validation errors:",
      "- missing required field `count`",
      "- `2.0` does not match literal validator `v.literal(1.0)`. Path: .inner.a",
      "- `1.0` does not match validator `v.string()` Path: .name",
      "- extra field `extra` that is not in the validator",
      "Object: {extra: true, inner: {a: 2.0}, name: 1.0}",
      "Validator: v.object({count: v.float64(), inner: v.optional(v.object({a: v.literal(1.0)})), name: v.string()})",
    ].join("\n"),
  );
});

test("a record names its keys and values apart", () => {
  const validator = v.record(v.id("users"), v.number());
  const user = encodeId(10001, new Uint8Array(16));
  assert.match(check({ x: 1 }, validator)!, /Path: \.keys\(\)/);
  assert.match(check({ [user]: "1" }, validator)!, /Path: \.values\(\)/);
});

test("names that objects inherit are ordinary fields", () => {
  const validator = v.object({ toString: v.optional(v.string()) });
  assert.equal(check({}, validator), null);
  assert.match(check(JSON.parse('{"__proto__": 1}') as Json, v.object({}))!, /extra field `__proto__`/);
});
