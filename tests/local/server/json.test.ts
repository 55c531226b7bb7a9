import assert from "node:assert/strict";
import { test } from "node:test";
import { convexToJson, jsonToConvex } from "convex/values";
import { Random } from "./random.ts";
import {
  InvalidJson,
  InvalidValue,
  type Json,
  normalize,
  spellFloat,
  write,
} from "../../../src/aioconvex/local/server/values/json.ts";
import { measure } from "../../../src/aioconvex/local/server/values/size.ts";

test("floats are spelled as the server spells them", () => {
  const spellings: [number, string][] = [
    [0, "0.0"],
    [1, "1.0"],
    [-1, "-1.0"],
    [1.5, "1.5"],
    [0.1, "0.1"],
    [1e15, "1000000000000000.0"],
    [9007199254740993, "9007199254740992.0"],
    [1e16, "1e16"],
    [1.25e17, "1.25e17"],
    [1e21, "1e21"],
    [1e-5, "0.00001"],
    [1e-6, "1e-6"],
    [1.5e-7, "1.5e-7"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e308"],
  ];
  for (const [value, spelling] of spellings) assert.equal(spellFloat(value), spelling);
});

test("every float reads back as itself and never looks like an integer", () => {
  const random = new Random(1);
  for (let i = 0; i < 20_000; i++) {
    const value = random.float();
    if (!Number.isFinite(value)) continue;
    const text = spellFloat(value);
    assert.ok(Object.is(JSON.parse(text), value), text);
    assert.match(text, /[.e]/);
  }
});

test("values of all kinds survive normalising and writing", () => {
  const random = new Random(2);
  for (let i = 0; i < 5000; i++) {
    const value = random.value();
    const wire = convexToJson(value) as Json;
    const text = write(normalize(JSON.parse(JSON.stringify(wire)) as Json), "convex_encoded_json");
    assert.deepEqual(jsonToConvex(JSON.parse(text)), value);
  }
});

test("the three formats of one value", () => {
  const value: Json = {
    b: { $bytes: "ABCD" },
    n: { $integer: "BQAAAAAAAAA=" },
    nan: { $float: "AAAAAAAA+H8=" },
    x: 1,
    z: { $float: "AAAAAAAAAIA=" },
  };
  assert.equal(
    write(value, "convex_encoded_json"),
    '{"b":{"$bytes":"ABCD"},"n":{"$integer":"BQAAAAAAAAA="},"nan":{"$float":"AAAAAAAA+H8="},"x":1.0,"z":{"$float":"AAAAAAAAAIA="}}',
  );
  assert.equal(write(value, "json"), '{"b":"ABCD","n":"5","nan":"NaN","x":1.0,"z":-0.0}');
  assert.equal(
    write(value, "export_json"),
    '{"b":{"$bytes":"ABCD"},"n":5,"nan":{"$float":"AAAAAAAA+H8="},"x":1.0,"z":{"$float":"AAAAAAAAAIA="}}',
  );
});

test("what the client may not send is refused", () => {
  const values: Json[] = [
    { $integer: "AA==" },
    { $integer: "AQAAAAAAAAA=", x: 1 },
    { $bytes: 5 },
    { $set: [] },
    { $map: [] },
    { $foo: 1 },
    { a: 1, $b: 2 },
    { é: 1 },
    { "a\nb": 1 },
    { $undefined: null },
    { $commitTs: null },
    { $bytes: "a-_b" },
    { ["x".repeat(1025)]: 1 },
  ];
  for (const value of values) assert.throws(() => normalize(value), InvalidValue, JSON.stringify(value));
  for (const value of [1e999, "\ud800"]) assert.throws(() => normalize([value]), InvalidJson);
});

test("hostile nesting is refused without exhausting the stack", () => {
  const depth = 5000;
  const nested = JSON.parse("[".repeat(depth) + "]".repeat(depth)) as Json;
  assert.throws(() => normalize(nested), InvalidValue);
  const deepest = JSON.parse("[".repeat(64) + "]".repeat(64)) as Json;
  assert.equal(measure(normalize(deepest)).depth, 64);
});

test("a literal minus zero and special floats come in one spelling", () => {
  assert.deepEqual(
    normalize([JSON.parse("-0.0") as Json, { $float: "AAAAAAAAAAA=" }, { $float: "AAAAAAAA8D8=" }]),
    [{ $float: "AAAAAAAAAIA=" }, 0, 1],
  );
});

test("sizes follow Convex's accounting", () => {
  const sizes: [Json, number][] = [
    [null, 1],
    [true, 1],
    [1, 9],
    [{ $integer: "AAAAAAAAAAA=" }, 9],
    ["é", 4],
    [{ $bytes: "ABCD" }, 5],
    [{ $bytes: "AA==" }, 3],
    [[1, null], 12],
    [{ ab: 1 }, 14],
  ];
  for (const [value, size] of sizes) assert.equal(measure(value).size, size, JSON.stringify(value));
});
