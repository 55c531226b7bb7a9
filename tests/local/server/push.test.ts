import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Scratch, Server } from "./server.ts";

const SCHEMA = (fields: string, indexes = "") => `
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ items: defineTable({ ${fields} })${indexes} });
`;
const FUNCTIONS = `
import { mutation, query } from "./_generated/server";
export const add = mutation(async (ctx, item: any) => ctx.db.insert("items", item));
export const version = query(async () => 1);
`;
const BY_N = `
import { query } from "../_generated/server";
export const byN = query(async (ctx, { n }: any) =>
  (await ctx.db.query("items").withIndex("by_n", (q: any) => q.eq("n", n)).collect()).length);
`;

let scratch: Scratch;
let server: Server;

before(async () => {
  scratch = new Scratch({ "schema.ts": SCHEMA("n: v.number()"), "items.ts": FUNCTIONS });
  server = await Server.start(scratch.project);
  for (const n of [1, 2, 2]) await server.value("mutation", "items:add", { n });
});
after(() => scratch.remove());

async function refused(): Promise<{ code: string; message: string }> {
  const reply = await server.asAdmin("/_local/push");
  assert.equal(reply.status, 400);
  assert.equal(await server.value("query", "items:version"), 1, "the old version keeps serving");
  return reply.body;
}

test("new functions and indexes come with a push, stored documents included", async () => {
  scratch.write({ "schema.ts": SCHEMA("n: v.number()", '.index("by_n", ["n"])'), "deep/more.ts": BY_N });
  const { status, body } = await server.asAdmin("/_local/push");
  assert.deepEqual([status, body], [200, { functions: 3, indexesAdded: ["items.by_n"], indexesDropped: [] }]);
  assert.equal(await server.value("query", "deep/more:byN", { n: 2 }), 2);
});

test("a snapshot that is asked for during a push, and a push during a snapshot, wait for each other's end", async () => {
  const call = { queries: [{ path: "items:version", args: {} }] };
  const pushing = [server.asAdmin("/_local/push"), server.asAdmin("/_local/push")];
  const asked = [server.post("/api/query_batch", call), server.post("/api/query_batch", call)];
  const replies = await Promise.all([...pushing, ...asked, server.asAdmin("/_local/push")]);
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200, 200, 200],
  );
});

test("a syntax error names file, line and column", async () => {
  scratch.write({ "broken.ts": "export const a = 1;\nexport const b = ;\n" });
  const { code, message } = await refused();
  assert.equal(code, "BundleFailed");
  assert.match(message, /convex\/broken\.ts:2:18: /);
  scratch.remove("broken.ts");
});

test("a module that throws while loading is named", async () => {
  scratch.write({ "broken.ts": "export const a = 1;\nthrow new Error('not today');\n" });
  const { code, message } = await refused();
  assert.equal(code, "AnalyzeFailed");
  assert.match(message, /not today\n.*\.\.\/convex\/broken\.ts:2:7/);
  scratch.remove("broken.ts");
});

test("Node modules outside Node actions, and components, are refused", async () => {
  scratch.write({ "broken.ts": "import { readFileSync } from 'fs';\nexport const a = readFileSync;\n" });
  assert.match(
    (await refused()).message,
    /Could not resolve "fs"[^]*only be imported by files that begin with "use node"/,
  );
  scratch.remove("broken.ts");
  scratch.write({ "convex.config.ts": "export default {};\n" });
  assert.equal((await refused()).code, "ComponentsUnsupported");
  scratch.remove("convex.config.ts");
});

test("a schema that stored documents do not fit is refused as a whole", async () => {
  scratch.write({ "schema.ts": SCHEMA("n: v.string()", '.index("by_other", ["n"])') });
  const { code, message } = await refused();
  assert.equal(code, "SchemaMismatch");
  assert.match(
    message,
    /Document with ID "\w+" in table "items" does not match the schema: Value does not match validator\.\nPath: \.n/,
  );
  assert.equal(await server.value("query", "deep/more:byN", { n: 2 }), 2);
  scratch.write({ "schema.ts": 'export default "none";' });
  assert.equal((await refused()).code, "SchemaInvalid");
});

test("a dropped index is gone, documents stay", async () => {
  scratch.write({ "schema.ts": SCHEMA("n: v.number()") });
  const { body } = await server.asAdmin("/_local/push");
  assert.deepEqual(body.indexesDropped, ["items.by_n"]);
  assert.match(await server.error("query", "deep/more:byN", { n: 2 }), /Index items\.by_n not found/);
});

test("files that are no modules are passed over", async () => {
  scratch.write({
    "a.test.ts": "throw new Error('tests are not deployed');",
    ".hidden.ts": "throw new Error('dotfile');",
    "types.d.ts": "export type A = 1;",
    "notes.md": "# notes",
    "node_modules/x/index.js": "throw new Error('node_modules');",
    "script.ts": "throw new Error('neither import nor export');",
    "component/convex.config.ts": "export default {};",
    "component/inner.ts": "throw new Error('a component');\nexport {};",
  });
  assert.equal((await server.asAdmin("/_local/push")).status, 200);
});

test("a checked-in _generated is used, and only what it lacks is supplied", async () => {
  scratch.write({
    "_generated/server.js":
      'export { queryGeneric as query, mutationGeneric as mutation } from "convex/server"; export const marker = 7;',
    "generated.ts":
      'import { marker, query } from "./_generated/server";\nimport { api } from "./_generated/api";\nexport const marked = query(async () => [marker, typeof api]);',
  });
  await server.asAdmin("/_local/push");
  assert.deepEqual(await server.value("query", "generated:marked"), [7, "object"]);
});
