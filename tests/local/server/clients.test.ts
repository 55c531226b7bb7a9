import assert from "node:assert/strict";
import { before, test } from "node:test";
import { randomUUID } from "node:crypto";
import { ConvexClient, ConvexHttpClient } from "convex/browser";
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

/** Hands out the values of callbacks one by one. */
class Updates<T> {
  private readonly values: T[] = [];
  private wake = () => {};
  readonly take = (value: T) => {
    this.values.push(value);
    this.wake();
  };

  async until(fits: (value: T) => boolean): Promise<T> {
    for (;;) {
      const found = this.values.splice(0).find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

test("npm's WebSocket client subscribes, calls, and sees its own writes", async () => {
  const live = new ConvexClient(server.ready.url);
  const channel = randomUUID();
  const updates = new Updates<{ body: string }[]>();
  const unsubscribe = live.onUpdate(list, { channel }, updates.take);
  assert.deepEqual(await updates.until(() => true), []);
  await live.mutation(send, { channel, body: "one" });
  assert.deepEqual(
    unsubscribe.getCurrentValue()!.map(({ body }: { body: string }) => body),
    ["one"],
  );
  await client.mutation(send, { channel, body: "two" });
  await updates.until((messages) => messages.length === 2);
  const act = makeFunctionReference<"action">("messages:fromAction");
  assert.equal((await live.action(act, { channel, fail: false })).seen, 3);
  await updates.until((messages) => messages.length === 3);
  assert.equal((await live.query(list, { channel })).length, 3);
  const sending = [1, 2, 3].map((n) => live.mutation(send, { channel, body: `${n}` }));
  await Promise.all(sending);
  assert.equal(unsubscribe.getCurrentValue()!.length, 6);
  await live.close();
});

test("npm's WebSocket client gets errors as they are", async () => {
  const live = new ConvexClient(server.ready.url);
  const errors = new Updates<Error>();
  live.onUpdate(fail, { data: { code: 7n } }, () => {}, errors.take);
  const error = await errors.until(() => true);
  assert.ok(error instanceof ConvexError && error.data.code === 7n);
  const failing = makeFunctionReference<"mutation">("messages:nestedFailure");
  await assert.rejects(
    live.mutation(failing, { channel: "any" }),
    (error) => error instanceof ConvexError && error.data.code === 7n,
  );
  await live.close();
});

test("npm's paginated subscription holds every message once, while pages grow and are added", async () => {
  const live = new ConvexClient(server.ready.url);
  const channel = randomUUID();
  const ranked = (rank: number) => client.mutation(send, { channel, body: `${rank}`, rank });
  for (let rank = 0; rank < 10; rank++) await ranked(rank * 10);
  const updates = new Updates<any>();
  const page = makeFunctionReference<"query">("messages:page");
  const options = { initialNumItems: 3 };
  live.onPaginatedUpdate_experimental(page, { channel }, options, updates.take as never);
  const ranks = (list: any) => list.results.map(({ rank }: any) => rank);
  const first = await updates.until((list) => list.status === "CanLoadMore");
  assert.deepEqual(ranks(first), [0, 10, 20]);
  first.loadMore(3);
  await updates.until((list) => list.status === "CanLoadMore" && ranks(list).length === 6);
  for (const rank of [5, 25, 55, 21, 22, 23, 24, 26]) await ranked(rank);
  const expected = [0, 5, 10, 20, 21, 22, 23, 24, 25, 26, 30, 40, 50];
  const grown = await updates.until((list) => ranks(list).length === expected.length);
  assert.deepEqual(ranks(grown), expected);
  grown.loadMore(100);
  const all = await updates.until((list) => list.status === "Exhausted");
  assert.deepEqual(ranks(all), [...expected, 55, 60, 70, 80, 90]);
  await live.close();
});

test("closing standard input ends the server", async () => {
  assert.equal(await server.stop(), 0);
});
