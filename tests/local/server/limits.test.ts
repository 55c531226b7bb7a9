// What a nested call may read and write, where its caller has set it limits; the texts are Convex's.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Reply, Scratch, Server } from "./server.ts";

const CALLS = `
import { mutation, query } from "./_generated/server";
import { api } from "./_generated/api";

export const add = mutation({
  handler: async ({ db, scheduler }, { count, text = "", later = 0 }: any) => {
    for (let i = 0; i < count; i++) await db.insert("notes", { text });
    for (let i = 0; i < later; i++) await scheduler.runAfter(1e9, api.calls.add, { count: 0, text });
  },
});
export const read = query({
  handler: async ({ db, meta }, { times = 1 }: any) => {
    let seen = 0;
    for (let i = 0; i < times; i++) seen += (await db.query("notes").collect()).length;
    return { seen, metrics: await meta.getTransactionMetrics() };
  },
});
/** Goes on when the call below has failed, and says how. */
export const limited = mutation({
  handler: async ({ db, runMutation, runQuery }, { name, args, limits, stale }: any) => {
    await db.insert("notes", { text: "before" });
    const options: any = { transactionLimits: limits, ...(stale && { useStaleSnapshot: true }) };
    const run: any = name === "read" ? runQuery : runMutation;
    const outcome = await run(api.calls[name as "read"], args, options).catch((error: Error) => error.message);
    await db.insert("notes", { text: "after" });
    return outcome;
  },
});
export const twice = mutation({
  handler: async ({ runMutation }, { outer, inner }: any) => {
    const args = { name: "add", args: { count: 3 }, limits: { documentsWritten: inner } };
    return runMutation(api.calls.limited, args, { transactionLimits: { documentsWritten: outer } });
  },
});
export const deep: any = query({
  handler: ({ runQuery }, { calls }: any) => (calls === 0 ? "bottom" : runQuery(api.calls.deep, { calls: calls - 1 })),
});
export const texts = query({ handler: async ({ db }) => (await db.query("notes").collect()).map(({ text }) => text) });
`;

const scratch = new Scratch({ "calls.ts": CALLS });
const server = await Server.start(scratch.project);
after(() => scratch.remove());

const limited = (name: string, args: object, limits: object, stale = false): Promise<Reply> =>
  server.value("mutation", "calls:limited", { name, args, limits, stale });

async function reset(): Promise<void> {
  await server.asAdmin("/_local/reset");
}

test("each limit has its text, and the call that exceeds it is undone alone", async () => {
  for (const [limits, args, text] of [
    [{ documentsWritten: 2 }, { count: 3 }, /Too many writes in a single function execution \(limit: 2\)/],
    [
      { bytesWritten: 200 },
      { count: 1, text: "x".repeat(200) },
      /Too many bytes written in a single function execution \(limit: 200 bytes\)/,
    ],
    [{ functionsScheduled: 1 }, { later: 2 }, /Too many functions scheduled by this mutation \(limit: 1\)/],
    [
      { scheduledFunctionArgsBytes: 100 },
      { later: 1, text: "x".repeat(100) },
      /Too large total size of the arguments of scheduled functions from this mutation \(limit: 100 bytes\)/,
    ],
  ] as const) {
    await reset();
    assert.match(await limited("add", args, limits), text);
    assert.deepEqual(await server.value("query", "calls:texts"), ["before", "after"]);
  }
});

test("reads are limited too, on a stale snapshot as well", async () => {
  await reset();
  await server.value("mutation", "calls:add", { count: 5 });
  for (const stale of [false, true]) {
    for (const [limits, text] of [
      [
        { documentsRead: 4 },
        /Too many documents read in a single function execution \(limit: 4\)\. Consider/,
      ],
      [{ bytesRead: 9 }, /Too many bytes read in a single function execution \(limit: 9 bytes\)\. Consider/],
      [{ databaseQueries: 1 }, /Too many reads in a single function execution \(limit: 1\)\. Consider/],
    ] as const) {
      assert.match(await limited("read", { times: 2 }, limits, stale), text);
    }
  }
});

test("a limit counts from the call it is for, shows what remains, and never raises another", async () => {
  await reset();
  const within = await limited("read", {}, { documentsRead: 9, databaseQueries: 1e9 });
  assert.equal(within.seen, 1);
  assert.deepEqual(within.metrics.documentsRead, { used: 1, remaining: 8 });
  assert.deepEqual(within.metrics.databaseQueries, { used: 1, remaining: 4095 });
  assert.equal(await server.value("mutation", "calls:twice", { outer: 5, inner: 3 }), null);
  assert.match(
    await server.error("mutation", "calls:twice", { outer: 4, inner: 99 }),
    /Too many writes in a single function execution \(limit: 4\)/,
  );
});

test("limits of files are taken, as mutations store and read none", async () => {
  await reset();
  assert.equal(await limited("add", { count: 1 }, { filesWritten: 0, fileReadBytes: 0 }), null);
  assert.match(await limited("add", { count: 1 }, { filesRead: -1 }), /filesRead must be a number/);
});

test("limits that mean nothing are refused", async () => {
  await reset();
  assert.match(await limited("add", { count: 1 }, { wishes: 1 }), /wishes is not known/);
  assert.match(await limited("add", { count: 1 }, { documentsRead: -1 }), /must be a number/);
  assert.deepEqual(await server.value("query", "calls:texts"), ["before", "after", "before", "after"]);
});

test("calls may be nested eight deep", async () => {
  assert.equal(await server.value("query", "calls:deep", { calls: 8 }), "bottom");
  assert.match(
    await server.error("query", "calls:deep", { calls: 9 }),
    /call depth limit exceeded. Do you have an/,
  );
});
