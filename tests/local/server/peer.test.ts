// A connection's signs of life and its patience, on a clock of the test's own.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { beforeEach, mock, test } from "node:test";
import { Peer, type WebSocket } from "../../../src/aioconvex/local/server/sync/peer.ts";

class FakeSocket extends EventEmitter {
  readonly done: string[] = [];
  private readonly unsent: (() => void)[] = [];

  send(text: string, sent: () => void): void {
    this.done.push(text);
    this.unsent.push(sent);
  }
  drain(): void {
    for (const sent of this.unsent.splice(0)) sent();
  }
  ping(): void {
    this.done.push("ping");
  }
  close(code?: number, reason?: string): void {
    this.done.push(`close ${code} ${reason}`);
  }
  terminate(): void {
    this.done.push("terminate");
    this.emit("close");
  }
}

let socket: FakeSocket;
let peer: Peer;
let received: string[];
let closings: number;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  [socket, received, closings] = [new FakeSocket(), [], 0];
  peer = new Peer(socket as unknown as WebSocket, true, () => ({
    received: (text) => received.push(text),
    closed: () => closings++,
  }));
});

test("a quiet connection is pinged every 5 s and told Ping after 15 s", () => {
  mock.timers.tick(14_999);
  assert.deepEqual(socket.done, ["ping", "ping"]);
  mock.timers.tick(1);
  assert.deepEqual(socket.done.slice(2).sort(), ["ping", '{"type":"Ping"}']);
  void peer.send("something");
  mock.timers.tick(14_999);
  assert.equal(socket.done.filter((text) => text.includes("Ping")).length, 1);
  mock.timers.tick(1);
  assert.equal(socket.done.filter((text) => text.includes("Ping")).length, 2);
});

test("a peer that is silent for 120 s is dropped; any sign of life counts", () => {
  for (const sign of ["message", "ping", "pong"]) {
    mock.timers.tick(119_999);
    socket.emit(sign, Buffer.from("{}"), false);
  }
  mock.timers.tick(119_999);
  assert.ok(!socket.done.includes("terminate"));
  mock.timers.tick(1);
  assert.equal(socket.done.at(-1), "terminate");
  assert.equal(closings, 1);
  mock.timers.tick(600_000);
  assert.equal(socket.done.at(-1), "terminate", "no timer is left");
});

test("a message counts as sent when it has left", async () => {
  let sent = false;
  const sending = peer.send("text").then(() => (sent = true));
  await Promise.resolve();
  assert.equal(sent, false);
  socket.drain();
  await sending;
  assert.equal(sent, true);
});

test("after closing nothing is sent or received, and one that does not close is cut off", async () => {
  socket.emit("message", Buffer.from("one"), false);
  peer.close(1013, "x".repeat(200));
  assert.equal(socket.done.at(-1), `close 1013 ${"x".repeat(123)}`);
  socket.emit("message", Buffer.from("two"), false);
  await peer.send("late");
  assert.deepEqual(received, ["one"]);
  peer.close();
  assert.equal(closings, 1);
  mock.timers.tick(5_000);
  assert.equal(socket.done.at(-1), "terminate");
});

test("large transitions are cut between characters, and only for those who can join them", async () => {
  const text = `"${"€".repeat(3_000_000)}"`;
  const sending = peer.sendTransition(text);
  while (!socket.done.at(-1)?.includes('"partNumber":1')) {
    socket.drain();
    await Promise.resolve();
  }
  socket.drain();
  await sending;
  const chunks = socket.done.map((part) => JSON.parse(part));
  assert.equal(chunks.map(({ chunk }) => chunk).join(""), text);
  assert.ok(chunks.every(({ chunk }) => Buffer.byteLength(chunk) <= 5_000_000));
  const plain = new Peer(new FakeSocket() as unknown as WebSocket, false, () => ({
    received: () => {},
    closed: () => {},
  }));
  void plain.sendTransition(text);
  plain.close();
});
