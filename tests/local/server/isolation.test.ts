// Functions that never end, wait for nothing or take all memory: each ends with an error, and nothing else does.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Reply, Scratch, Server } from "./server.ts";
import { Socket } from "./socket.ts";

const HARM = `
const HARM: Record<string, () => Promise<void>> = {
  loop: async () => { for (;;); },
  wait: () => new Promise(() => {}),
  // V8's own limit would end the process here: one array grows beyond it in a single allocation.
  numbers: async () => { const kept = []; for (let i = 0; ; i++) kept.push(i + 0.5); },
  // One built-in that runs for half a minute, and that nothing can interrupt.
  builtin: async () => void new Array(1e8).fill(1.5),
  // Not among what V8's limit counts.
  bytes: async () => { const kept = []; for (;;) kept.push(new Uint8Array(4e7).fill(1)); },
};
export async function harm(kind: string): Promise<void> {
  if (kind !== "none") await HARM[kind]!();
}
`;
const CALLS = `
import { action, mutation, query } from "./_generated/server";
import { api } from "./_generated/api";
import { harm } from "./harm";

export const ask = query({ handler: (_, { kind }: any) => harm(kind) });
export const write = mutation({
  handler: async ({ db }, { kind }: any) => {
    await db.insert("notes", { text: kind });
    await harm(kind);
  },
});
export const writeBelow = mutation({
  handler: async ({ db, runMutation }, { kind }: any) => {
    await db.insert("notes", { text: "above" });
    await runMutation(api.calls.write, { kind });
  },
});
export const act = action({ handler: (_, { kind }: any) => harm(kind) });
export const schedule = mutation({
  handler: ({ scheduler }, { name, kind }: any) => scheduler.runAfter(0, api.calls[name as "act"], { kind }),
});
export const state = query({ handler: async ({ db }, { id }: any) => (await db.system.get(id))!.state });
export const notes = query({ handler: async ({ db }) => (await db.query("notes").collect()).map(({ text }) => text) });

export const patient = action({
  handler: async (_, { ms }: any) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return "done";
  },
});
/** Goes on when it has long returned. */
export const leaveBehind = mutation({
  handler: async ({ db, runMutation }) => {
    void crypto.subtle.digest("SHA-256", new Uint8Array(1)).then(() => db.insert("notes", { text: "late" }));
    void runMutation(api.calls.slowly, {});
    void runMutation(api.calls.slowly, {});
  },
});
/** Catches the failure of a call that has left another one behind. */
export const failBelow = mutation({
  handler: async ({ db, runMutation }) => {
    await runMutation(api.calls.leaveBehindAndFail, {}).catch(() => {});
    for (let i = 0; i < 20; i++) await crypto.subtle.digest("SHA-256", new Uint8Array(1));
    await db.insert("notes", { text: "above" });
  },
});
export const leaveBehindAndFail = mutation({
  handler: async ({ runMutation }) => {
    void runMutation(api.calls.slowly, {});
    throw new Error("on purpose");
  },
});
export const slowly = mutation({
  handler: async ({ db }) => {
    await db.insert("notes", { text: "early below" });
    await crypto.subtle.digest("SHA-256", new Uint8Array(1));
    await db.insert("notes", { text: "late below" });
  },
});
`;
const HTTP = `
import { httpRouter } from "convex/server";
import { httpAction } from "./_generated/server";
import { harm } from "./harm";

const http = httpRouter();
for (const kind of ["loop", "wait", "numbers", "bytes"]) {
  http.route({ path: "/" + kind, method: "GET", handler: httpAction(async () => (await harm(kind), new Response())) });
}
http.route({ path: "/endless", method: "GET", handler: httpAction(async () =>
  new Response(new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("first")) }))) });
export default http;
`;

const scratch = new Scratch({ "harm.ts": HARM, "calls.ts": CALLS, "http.ts": HTTP });
const server = await Server.start(scratch.project, "--function-ms=400", "--action-ms=2000");
after(() => scratch.remove());

const TEXTS: Record<string, RegExp> = {
  loop: /Server Error\nFunction execution timed out \(maximum duration: 0.4s\)\n$/,
  wait: /Server Error\n(Returned promise will never resolve|Function execution timed out)/,
  numbers: /Server Error\n(JavaScript execution ran out of memory|Function execution timed out)/,
  bytes: /Server Error\n(JavaScript execution ran out of memory|Function execution timed out)/,
};
const KINDS = Object.keys(TEXTS);

/** Has somebody watch, and an action wait, while `work` goes on: neither may notice. */
async function unharmed(work: () => Promise<void>): Promise<void> {
  await server.asAdmin("/_local/reset");
  const socket = await Socket.connect(server);
  socket.add(0, "calls:notes");
  assert.deepEqual((await socket.change(0)).value, []);
  const patient = server.value("action", "calls:patient", { ms: 300 });
  await work();
  assert.equal(await patient, "done");
  await server.value("mutation", "calls:write", { kind: "none" });
  assert.deepEqual((await socket.change(0)).value, ["none"]);
  socket.close();
}

test("queries end alone, and those that wait behind them are answered", () =>
  unharmed(async () => {
    for (const kind of KINDS) {
      const ending = server.error("query", "calls:ask", { kind });
      assert.equal(await server.value("query", "calls:ask", { kind: "none" }), null);
      assert.match(await ending, TEXTS[kind]!);
    }
  }));

test("mutations end alone, and nothing of them or of those that called them is stored", () =>
  unharmed(async () => {
    for (const kind of KINDS) {
      assert.match(await server.error("mutation", "calls:writeBelow", { kind }), TEXTS[kind]!);
    }
  }));

test("actions end alone, others that run at the same time go on", () =>
  unharmed(async () => {
    const outcomes = await Promise.all(KINDS.map((kind) => server.error("action", "calls:act", { kind })));
    for (const text of outcomes) assert.match(text, /ran out of memory|timed out \(maximum duration: 2s\)/);
  }));

test("HTTP actions end alone, others that run at the same time go on", () =>
  unharmed(async () => {
    for (const response of await Promise.all(KINDS.map((kind) => fetch(`${server.ready.siteUrl}/${kind}`)))) {
      assert.equal(response.status, 500);
      assert.match(await response.text(), /ran out of memory|timed out \(maximum duration: 2s\)/);
    }
  }));

test("scheduled functions end alone, and are recorded as failed", () =>
  unharmed(async () => {
    const jobs = KINDS.flatMap((kind) => ["act", "write"].map((name) => ({ name, kind })));
    const ids = await Promise.all(jobs.map((job) => server.value("mutation", "calls:schedule", job)));
    await server.asAdmin("/_local/idle");
    for (const id of ids) {
      const state: Reply = await server.value("query", "calls:state", { id });
      assert.equal(state.kind, "failed");
      assert.match(state.error, /timed out|ran out of memory|never resolve/);
    }
  }));

test("a response that never ends is cut off", async () => {
  const response = await fetch(`${server.ready.siteUrl}/endless`);
  await assert.rejects(response.text());
  assert.equal(await server.value("query", "calls:ask", { kind: "none" }), null);
});

test("what a mutation leaves behind is not stored later, nested calls included", async () => {
  await server.asAdmin("/_local/reset");
  await server.value("mutation", "calls:leaveBehind");
  assert.deepEqual(await server.value("query", "calls:notes"), []);
  await server.value("mutation", "calls:slowly");
  assert.deepEqual(await server.value("query", "calls:notes"), ["early below", "late below"]);
});

test("a nested mutation that is left behind is undone with the call that has left it", async () => {
  await server.asAdmin("/_local/reset");
  await server.value("mutation", "calls:failBelow");
  assert.deepEqual(await server.value("query", "calls:notes"), ["above"]);
});

test("many actions at once share threads, and all are answered", async () => {
  await server.asAdmin("/_local/reset");
  const calls = Array.from({ length: 30 }, () => server.value("action", "calls:patient", { ms: 50 }));
  assert.deepEqual(new Set(await Promise.all(calls)), new Set(["done"]));
});

test("a built-in that cannot be interrupted keeps nobody else waiting", async () => {
  const ending = server.error("query", "calls:ask", { kind: "builtin" });
  const behind = server.value("query", "calls:ask", { kind: "none" });
  assert.match(await ending, TEXTS["loop"]!);
  assert.equal(await behind, null);
});
