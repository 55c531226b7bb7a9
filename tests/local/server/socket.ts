// A sync socket that says what a test tells it to say, right or wrong.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import type { Reply, Server } from "./server.ts";

interface Ws {
  send(data: string | Buffer): void;
  close(): void;
  terminate(): void;
  on(event: string, listener: (...args: any[]) => void): void;
}
const Ws = createRequire(import.meta.url)("ws") as new (url: string, options: object) => Ws;

export const START = { querySet: 0, identity: 0, ts: "AAAAAAAAAAA=" };

export class Socket {
  private readonly ws: Ws;
  private readonly inbox: Reply[] = [];
  private wake = () => {};
  private end: { code: number; reason: string } | null = null;
  /** Where the last transition ended; the next has to start there. */
  version: Reply = START;
  querySet = 0;

  private constructor(ws: Ws) {
    this.ws = ws;
    ws.on("message", (data: Buffer) => {
      this.inbox.push(JSON.parse(data.toString()));
      this.wake();
    });
    ws.on("close", (code: number, reason: Buffer) => {
      this.end = { code, reason: reason.toString() };
      this.wake();
    });
  }

  static async open(server: Server, path = "/api/sync", headers: object = {}): Promise<Socket> {
    const ws = new Ws(server.ready.url.replace("http", "ws") + path, { headers });
    const socket = new Socket(ws);
    await once(ws as never, "open");
    return socket;
  }

  /** Opens and says Connect. */
  static async connect(server: Server, sessionId: string = randomUUID(), more: object = {}): Promise<Socket> {
    const socket = await Socket.open(server);
    socket.send({ type: "Connect", sessionId, connectionCount: 0, lastCloseReason: null, ...more });
    return socket;
  }

  /** The status and code with which an upgrade is refused. */
  static async refusal(server: Server, path: string, headers: object = {}): Promise<[number, string]> {
    const ws = new Ws(server.ready.url.replace("http", "ws") + path, { headers });
    const [, response] = (await once(ws as never, "unexpected-response")) as [unknown, Reply];
    let text = "";
    for await (const part of response) text += part;
    return [response.statusCode, JSON.parse(text).code];
  }

  send(message: object | string | Buffer): void {
    const isText = typeof message === "string" || Buffer.isBuffer(message);
    this.ws.send(isText ? (message as string) : JSON.stringify(message));
  }

  /** The next message, Pings left out. */
  async next(): Promise<Reply> {
    for (;;) {
      const message = this.inbox.shift();
      if (message !== undefined && message.type !== "Ping") return message;
      if (message !== undefined) continue;
      assert.equal(this.end, null, "the connection has ended");
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** The modifications of the next transition, by query. */
  async transition(): Promise<Record<number, Reply>> {
    const message = await this.next();
    assert.equal(message.type, "Transition", JSON.stringify(message));
    assert.deepEqual(message.startVersion, this.version);
    assert.ok(tsOf(message.endVersion.ts) >= tsOf(this.version.ts));
    this.version = message.endVersion;
    return Object.fromEntries(message.modifications.map((change: Reply) => [change.queryId, change]));
  }

  /** Transitions are taken until one holds a change of this query. */
  async change(queryId: number): Promise<Reply> {
    for (;;) {
      const changes = await this.transition();
      if (queryId in changes) return changes[queryId];
    }
  }

  modify(modifications: object[]): void {
    const baseVersion = this.querySet++;
    this.send({ type: "ModifyQuerySet", baseVersion, newVersion: this.querySet, modifications });
  }

  add(queryId: number, udfPath: string, args: object = {}, more: object = {}): void {
    this.modify([{ type: "Add", queryId, udfPath, args: [args], ...more }]);
  }

  mutate(requestId: number, udfPath: string, args: object = {}): void {
    this.send({ type: "Mutation", requestId, udfPath, args: [args] });
  }

  async closed(): Promise<{ code: number; reason: string }> {
    while (this.end === null) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.end;
  }

  /** The text of the FatalError with which the connection ended. */
  async fatal(): Promise<string> {
    for (;;) {
      const message = await this.next();
      if (message.type !== "FatalError") continue;
      assert.equal((await this.closed()).code, 1005);
      return message.error;
    }
  }

  close(): void {
    this.ws.close();
  }

  terminate(): void {
    this.ws.terminate();
  }
}

export function tsOf(text: string): bigint {
  return Buffer.from(text, "base64").readBigUInt64LE();
}

export function spellTs(ts: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(ts);
  return bytes.toString("base64");
}
