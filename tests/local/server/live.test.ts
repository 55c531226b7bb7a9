// Live queries: what is run again and for whom, pages that stay whole, code and data replaced under them.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";
import { APP, type Reply, Scratch, Server } from "./server.ts";
import { Socket } from "./socket.ts";

let server: Server;

before(async () => (server = await Server.start(APP)));

async function account(amount: number): Promise<string> {
  const name = randomUUID();
  await server.value("mutation", "live:open", { names: [name], amount });
  return name;
}

async function watch(path: string, args: object, subject?: string): Promise<Socket> {
  const socket = await Socket.connect(server);
  if (subject !== undefined) {
    const impersonating = { issuer: "https://x.dev", subject };
    const value = server.ready.adminKey;
    socket.send({ type: "Authenticate", baseVersion: 0, tokenType: "Admin", value, impersonating });
    await socket.transition();
  }
  socket.add(0, path, args);
  return socket;
}

test("sockets share one evaluation, for every identity that the query does not read", async () => {
  const name = await account(5);
  const sockets = await Promise.all(
    [undefined, undefined, "ada", "bob"].map((subject) => watch("live:balance", { name }, subject)),
  );
  for (const socket of sockets) assert.equal((await socket.transition())[0].value, 5);
  assert.equal(await server.printed(`'balance of' '${name}'`), 1);
  const other = await account(5);
  await server.value("mutation", "live:transfer", { from: name, to: other, amount: 2 });
  for (const socket of sockets) assert.equal((await socket.transition())[0].value, 3);
  assert.equal(await server.printed(`'balance of' '${name}'`), 2);
  sockets.forEach((socket) => socket.close());
});

test("a query that reads the identity runs once for each", async () => {
  const name = await account(5);
  const subjects = [undefined, "ada", "ada", "bob", "bob"];
  const sockets = await Promise.all(subjects.map((subject) => watch("live:mine", { name }, subject)));
  for (const [i, socket] of sockets.entries()) {
    assert.deepEqual((await socket.transition())[0].value, [subjects[i] ?? null, 5]);
  }
  assert.equal(await server.printed(`balance of' '${name}'`), 3);
  sockets.forEach((socket) => socket.close());
});

test("a write runs again what it concerns, and nothing else", async () => {
  const [one, two, three] = [await account(1), await account(2), await account(3)];
  const socket = await watch("live:balance", { name: one });
  socket.add(1, "live:balance", { name: two });
  socket.add(2, "live:balance", { name: three });
  await socket.change(2);
  await server.value("mutation", "live:transfer", { from: two, to: three, amount: 1 });
  assert.deepEqual(Object.keys(await socket.transition()), ["1", "2"]);
  await account(9);
  await server.value("mutation", "live:transfer", { from: two, to: three, amount: 0 });
  const counts = await Promise.all([one, two, three].map((name) => server.printed(`balance of' '${name}'`)));
  assert.deepEqual(
    counts,
    [1, 2, 2].map((count, i) => count + Number(i > 0)),
  );
  socket.close();
});

test("a query nobody watches any more is not run again", async () => {
  const [removed, left] = [await account(5), await account(5)];
  const socket = await watch("live:balance", { name: removed });
  await socket.change(0);
  socket.modify([{ type: "Remove", queryId: 0 }]);
  await socket.change(0);
  const leaving = await watch("live:balance", { name: left });
  await leaving.change(0);
  leaving.close();
  await leaving.closed();
  await server.value("mutation", "live:transfer", { from: removed, to: await account(1), amount: 1 });
  await server.value("mutation", "live:transfer", { from: left, to: await account(1), amount: 1 });
  assert.equal(await server.printed(`balance of' '${removed}'`), 1);
  assert.equal(await server.printed(`balance of' '${left}'`), 1);
  socket.close();
});

test("a query's table may come into being while it is watched", async () => {
  const scratch = new Scratch({
    "late.ts": `import { mutation, query } from "./_generated/server";
      export const all = query(async (ctx) => (await ctx.db.query("late").collect()).length);
      export const normal = query(async (ctx, { id }: any) => ctx.db.normalizeId("late", id) !== null);
      export const add = mutation(async (ctx) => ctx.db.insert("late", {}));`,
  });
  const fresh = await Server.start(scratch.project);
  const socket = await Socket.connect(fresh);
  socket.add(0, "late:all");
  assert.equal((await socket.transition())[0].value, 0);
  await fresh.value("mutation", "late:add");
  assert.equal((await socket.change(0)).value, 1);
  await fresh.value("mutation", "late:add");
  assert.equal((await socket.change(0)).value, 2);
  await fresh.stop();
  scratch.remove();
});

// --- pages

const bodies = (change: Reply): string[] => change.value.page.map(({ body }: Reply) => body);
const options = (numItems: number, cursor: string | null) => ({ numItems, cursor, id: 1 });

/** A channel of messages with even ranks, and functions to write and to watch it. */
async function pages(): Promise<{ channel: string; send: (rank: number) => Promise<string> }> {
  const channel = randomUUID();
  const send = (rank: number) =>
    server.value("mutation", "messages:send", { channel, body: `${rank}`, rank }) as Promise<string>;
  for (const rank of [2, 4, 6, 8]) await send(rank);
  return { channel, send };
}

test("pages grow and shrink in place: no gap, no overlap", async () => {
  const { channel, send } = await pages();
  const socket = await watch("messages:page", { channel, paginationOpts: options(2, null) });
  const first = await socket.change(0);
  assert.deepEqual(bodies(first), ["2", "4"]);
  assert.equal(typeof first.journal, "string");
  const cursor = first.value.continueCursor;
  socket.add(1, "messages:page", { channel, paginationOpts: options(2, cursor) });
  assert.deepEqual(bodies(await socket.change(1)), ["6", "8"]);
  const id = await send(3);
  const grown = await socket.change(0);
  assert.deepEqual(bodies(grown), ["2", "3", "4"]);
  assert.equal(grown.value.continueCursor, cursor);
  await send(5);
  assert.deepEqual(bodies(await socket.change(1)), ["5", "6", "8"]);
  await server.value("mutation", "messages:erase", { id });
  assert.deepEqual(bodies(await socket.change(0)), ["2", "4"]);
  await send(9);
  socket.modify([]);
  assert.deepEqual(await socket.transition(), {}, "what lies behind both pages concerns neither");
  socket.close();
});

test("a journal that is sent back brings the same page after a reconnect", async () => {
  const { channel, send } = await pages();
  const args = { channel, paginationOpts: options(2, null) };
  const before = await watch("messages:page", args);
  const { journal, value } = await before.change(0);
  before.terminate();
  await send(3);
  const again = await Socket.connect(server);
  again.add(0, "messages:page", args, { journal });
  const change = await again.change(0);
  assert.deepEqual(bodies(change), ["2", "3", "4"]);
  assert.deepEqual([change.journal, change.value.continueCursor], [journal, value.continueCursor]);
  again.add(1, "messages:page", args);
  assert.deepEqual(bodies(await again.change(1)), ["2", "3"]);
  again.close();
});

test("a journal that cannot be read fails its query, not the connection", async () => {
  const { channel } = await pages();
  const socket = await Socket.connect(server);
  socket.add(0, "messages:page", { channel, paginationOpts: options(2, null) }, { journal: "forged" });
  const failed = await socket.change(0);
  assert.match(failed.errorMessage, /Failed to parse cursor/);
  assert.equal(failed.journal, null);
  socket.add(1, "probe:nothing");
  assert.equal((await socket.change(1)).value, null);
  socket.close();
});

test("the last page is pinned to the end, and grows", async () => {
  const { channel, send } = await pages();
  const socket = await watch("messages:page", { channel, paginationOpts: options(9, null) });
  assert.equal((await socket.change(0)).value.isDone, true);
  for (let rank = 10; rank < 16; rank++) await send(rank);
  let change = await socket.change(0);
  while (bodies(change).length < 10) change = await socket.change(0);
  assert.equal(change.value.isDone, true);
  socket.close();
});

// --- what replaces everything

test("a push brings new results of new code, and a failed one none", async () => {
  const source = (version: string, name = "version") =>
    `import { query } from "./_generated/server";\nexport const ${name} = query(async () => ${version});`;
  const scratch = new Scratch({ "code.ts": source("1") });
  const own = await Server.start(scratch.project);
  const socket = await Socket.connect(own);
  socket.add(0, "code:version");
  socket.add(1, "code:later");
  assert.match((await socket.change(1)).errorMessage, /Could not find public function/);
  scratch.write({ "code.ts": source("2") });
  await own.asAdmin("/_local/push");
  assert.equal((await socket.change(0)).value, 2);
  scratch.write({ "code.ts": source("oops(") });
  assert.equal((await own.asAdmin("/_local/push")).status, 400);
  scratch.write({ "code.ts": source("3", "later") });
  await own.asAdmin("/_local/push");
  assert.equal((await socket.change(1)).value, 3);
  await own.stop();
  scratch.remove();
});

test("a reset and new environment variables reach live queries", async () => {
  const name = await account(5);
  const socket = await watch("live:balance", { name });
  socket.add(1, "probe:environment");
  assert.equal((await socket.change(1)).value.variable, null);
  await server.asAdmin("/_local/env", { changes: [{ name: "GREETING", value: "hello" }] });
  assert.equal((await socket.change(1)).value.variable, "hello");
  await server.asAdmin("/_local/reset");
  assert.equal((await socket.change(0)).value, null);
  socket.close();
});

test("a query without end fails alone, and is not tried again with every write", async () => {
  const name = await account(5);
  const socket = await watch("live:balance", { name });
  await socket.change(0);
  socket.add(1, "probe:spin");
  assert.match((await socket.change(1)).errorMessage, /Function execution timed out/);
  const count = await server.value("query", "live:count");
  const other = await account(1);
  await server.value("mutation", "live:transfer", { from: name, to: other, amount: 1 });
  assert.equal((await socket.change(0)).value, 4);
  assert.equal(await server.value("query", "live:count"), count + 1, "the engine was not lost again");
  socket.close();
});

test("an update follows a write at once while others write without pause", async () => {
  const names: string[] = [];
  while (names.length < 10) names.push(await account(100));
  const socket = await Socket.connect(server);
  names.forEach((name, queryId) => socket.add(queryId, "live:balance", { name }));
  while (socket.version.querySet < names.length) await socket.transition();
  const [mine, other, ...theirs] = names;
  let busy = true;
  const noise = [0, 1, 2, 3].map(async (i) => {
    const [from, to] = theirs.slice(2 * i);
    while (busy) await server.value("mutation", "live:transfer", { from, to, amount: 0 });
  });
  for (let i = 1; i <= 10; i++) {
    await server.value("mutation", "live:transfer", { from: mine, to: other, amount: 1 });
    assert.equal((await socket.change(0)).value, 100 - i);
  }
  busy = false;
  await Promise.all(noise);
  socket.close();
});
