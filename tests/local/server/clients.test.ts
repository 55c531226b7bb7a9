import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { ConvexError } from "convex/values";
import { APP, Server } from "./server.ts";

let server: Server;
let client: ConvexHttpClient;

before(async () => {
  server = await Server.start(APP);
  client = new ConvexHttpClient(server.ready.url);
});

const echo = makeFunctionReference<"query">("probe:echo");
const send = makeFunctionReference<"mutation">("messages:send");
const list = makeFunctionReference<"query">("messages:list");
const fail = makeFunctionReference<"query">("messages:fail");

test("npm's HTTP client calls queries, mutations and actions", async () => {
  const value = { n: 1n, bytes: new Uint8Array([1, 2]).buffer, floats: [-0, NaN, 1.5] };
  assert.deepEqual(await client.query(echo, { value }), value);
  const id = await client.mutation(send, { channel: "npm", body: "hello" });
  assert.equal((await client.query(list, { channel: "npm" }))[0]._id, id);
  const nearest = makeFunctionReference<"action">("probe:nearest");
  assert.deepEqual(await client.action(nearest, { vector: [1, 0, 0] }), []);
});

test("npm's HTTP client gets a ConvexError's data", async () => {
  const failing = client.query(fail, { data: { code: 7n } });
  await assert.rejects(failing, (error) => error instanceof ConvexError && error.data.code === 7n);
});

test("npm's HTTP client reads consistently", async () => {
  const read = () => client.consistentQuery(list, { channel: "consistent" });
  assert.equal((await read()).length, 0);
  await client.mutation(send, { channel: "consistent", body: "later" });
  assert.equal((await read()).length, 0);
  assert.equal((await client.query(list, { channel: "consistent" })).length, 1);
});

test("closing standard input ends the server", async () => {
  assert.equal(await server.stop(), 0);
});
