import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "./random.ts";
import { decodeId, encodeId } from "../../../src/aioconvex/local/server/values/ids.ts";

// Ids written by Convex's own implementation.
const REAL_IDS = {
  "040020g30g2gc1r81450p30d1r7qke8": 1,
  j57000820c20a1g7104gm2rc1m70ynr8: 10001,
  g2002001081g81860w40j2gb1g6gw3vs74: 16384,
};

test("real ids decode to their tables and encode to themselves", () => {
  for (const [id, table] of Object.entries(REAL_IDS)) {
    const decoded = decodeId(id);
    assert.equal(decoded?.table, table);
    assert.equal(encodeId(decoded.table, decoded.internal), id);
  }
});

test("ids round trip and have the lengths that Convex's have", () => {
  const random = new Random(1);
  for (let i = 0; i < 5000; i++) {
    const table = random.below(2 ** (1 + random.below(31)));
    const internal = random.bytes(16);
    const id = encodeId(table, internal);
    assert.ok(id.length >= 31 && id.length <= 37);
    assert.deepEqual(decodeId(id), { table, internal });
  }
});

test("one wrong character is noticed", () => {
  const random = new Random(2);
  const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  for (let i = 0; i < 3000; i++) {
    const id = encodeId(10001 + random.below(50), random.bytes(16));
    const at = random.below(id.length);
    const changed = id.slice(0, at) + random.pick([...alphabet, "i", "A", "é", " "]) + id.slice(at + 1);
    const decoded = decodeId(changed);
    if (changed !== id && decoded !== null) assert.notEqual(encodeId(decoded.table, decoded.internal), id);
  }
});

test("other texts are no ids", () => {
  for (const text of [
    "",
    "a",
    "j57000820c20a1g7104gm2rc1m70ynr",
    "z".repeat(32),
    "i".repeat(31),
    "0".repeat(38),
  ]) {
    assert.equal(decodeId(text), null, text);
  }
});
