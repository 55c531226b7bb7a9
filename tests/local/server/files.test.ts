// Stored files: uploads, downloads, what functions see of them, and what becomes of the bytes.
import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { addFile } from "../../../src/aioconvex/local/server/engine/fileStorage.ts";
import { UploadTickets } from "../../../src/aioconvex/local/server/engine/uploads.ts";
import { FileFolder } from "../../../src/aioconvex/local/server/storage/fileFolder.ts";
import { Store } from "../../../src/aioconvex/local/server/storage/store.ts";
import { type Reply, Scratch, Server } from "./server.ts";
import { Socket } from "./socket.ts";

const scratch = new Scratch({
  "schema.ts": `
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ photos: defineTable({ file: v.id("_storage") }) });
`,
  "files.ts": `
import { action, mutation, query } from "./_generated/server";
export const uploadUrl = mutation({ handler: (ctx) => ctx.storage.generateUploadUrl() });
export const url = query({ handler: (ctx, { id }) => ctx.storage.getUrl(id) });
export const metadata = query({ handler: (ctx, { id }) => ctx.storage.getMetadata(id) });
export const row = query({ handler: (ctx, { id }) => ctx.db.system.get("_storage", id) });
export const rows = query({ handler: (ctx) => ctx.db.system.query("_storage").collect() });
export const remove = mutation({ handler: (ctx, { id }) => ctx.storage.delete(id) });
export const removeThenFail = mutation({
  handler: async (ctx, { id }) => {
    await ctx.storage.delete(id);
    throw new Error("no, keep it");
  },
});
export const removeInVain = mutation({
  handler: async (ctx, { id }) => {
    await ctx.runMutation("files:removeThenFail", { id }).catch(() => null);
    return ctx.storage.getUrl(id);
  },
});
export const patch = mutation({ handler: (ctx, { id }) => ctx.db.patch(id, { size: 0 }) });
export const keep = mutation({ handler: (ctx, { file }) => ctx.db.insert("photos", { file }) });
export const loop = mutation({ handler: () => { for (;;); } });
export const storeHere = mutation({ handler: (ctx) => ctx.storage.store(new Blob(["x"])) });
export const store = action({
  handler: (ctx, { text, type, sha256 }) => ctx.storage.store(new Blob([text], { type }), { sha256 }),
});
export const read = action({
  handler: async (ctx, { id }) => {
    const blob = await ctx.storage.get(id);
    return blob && { text: await blob.text(), type: blob.type, size: blob.size };
  },
});
export const inAction = action({
  handler: async (ctx, { id }) => {
    const seen = [await ctx.storage.getUrl(id), (await ctx.storage.getMetadata(id)).size];
    const upload = await ctx.storage.generateUploadUrl();
    await ctx.storage.delete(id);
    return [...seen, upload, await ctx.storage.getUrl(id)];
  },
});
`,
});
const data = mkdtempSync(join(tmpdir(), "aioconvex-test-data-"));
let server = await Server.start(scratch.project, `--data=${data}`);

after(async () => {
  await server.stop();
  scratch.remove();
  rmSync(data, { recursive: true });
});

const uploadUrl = (): Promise<string> => server.value("mutation", "files:uploadUrl");
const onDisk = () => readdirSync(join(data, "files"));

async function upload(
  body: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Reply }> {
  const response = await fetch(await uploadUrl(), { method: "POST", body: body as never, headers });
  return { status: response.status, body: await response.json() };
}

async function stored(body: Uint8Array | string, headers: Record<string, string> = {}): Promise<string> {
  const reply = await upload(body, headers);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return reply.body.storageId;
}

async function open(id: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> {
  return fetch(await server.value("query", "files:url", { id }), { headers, method });
}

function sha256(content: Uint8Array | string): Buffer {
  return createHash("sha256").update(content).digest();
}

test("a deletion that has been committed succeeds, even if the bytes cannot be removed yet", async () => {
  const id = await stored("content");
  const [name] = onDisk() as [string];
  rmSync(join(data, "files", name));
  mkdirSync(join(data, "files", name));
  assert.equal(await server.value("mutation", "files:remove", { id }), null);
  assert.equal(await server.value("query", "files:url", { id }), null);
  await server.prints(/what was to follow it failed/);
  rmSync(join(data, "files", name), { recursive: true });
});

test("what was uploaded is downloaded, with its type and digest", async () => {
  const content = randomBytes(3 << 20);
  const id = await stored(content, { "content-type": "image/png" });
  const response = await open(id);
  assert.equal(response.status, 200);
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), content);
  assert.deepEqual(
    ["content-type", "content-length", "accept-ranges", "cache-control", "digest"].map((name) =>
      response.headers.get(name),
    ),
    [
      "image/png",
      String(content.length),
      "bytes",
      "private, max-age=2592000",
      `sha-256=${sha256(content).toString("base64")}`,
    ],
  );
  const head = await open(id, {}, "HEAD");
  assert.deepEqual([head.status, head.headers.get("content-length")], [200, String(content.length)]);
});

test("functions see a file's size, type and digest", async () => {
  const id = await stored("hello", { "content-type": "text/plain" });
  const { storageId, ...metadata } = await server.value("query", "files:metadata", { id });
  const expected = { contentType: "text/plain", sha256: sha256("hello").toString("hex"), size: 5 };
  assert.deepEqual(metadata, expected);
  const { _id, _creationTime, ...row } = await server.value("query", "files:row", { id });
  assert.deepEqual(row, expected);
  assert.equal(_id, id);
  // Older code has the name in the URL for an id.
  assert.equal(
    await server.value("query", "files:url", { id: storageId }),
    await server.value("query", "files:url", { id }),
  );
  const untyped = (await server.value("query", "files:metadata", {
    id: await stored(Buffer.from("x")),
  })) as Reply;
  assert.equal(untyped.contentType, null);
});

test("an empty file is a file", async () => {
  const id = await stored("");
  const response = await open(id);
  assert.deepEqual([response.status, await response.text()], [200, ""]);
  assert.equal((await open(id, { range: "bytes=0-" })).status, 416);
});

test("documents may name files, and only files", async () => {
  await server.value("mutation", "files:keep", { file: await stored("x") });
  const photo = await server.value("mutation", "files:keep", { file: await stored("y") });
  assert.match(await server.error("mutation", "files:keep", { file: photo }), /does not match the schema/);
  assert.match(await server.error("mutation", "files:patch", { id: await stored("z") }), /read-only/);
});

test("one range of bytes may be asked for", async () => {
  const id = await stored("0123456789");
  const ranges: [string, number, string, string | null][] = [
    ["bytes=0-0", 206, "0", "bytes 0-0/10"],
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=7-99", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=10-", 416, "", "bytes */10"],
    ["bytes=5-4", 416, "", "bytes */10"],
    ["bytes=-0", 416, "", "bytes */10"],
    ["bytes=0-1,3-4", 416, "", "bytes */10"],
    ["bytes=-", 200, "0123456789", null],
    ["bytes=a-b", 200, "0123456789", null],
    ["lines=0-1", 200, "0123456789", null],
  ];
  for (const [range, status, text, contentRange] of ranges) {
    const response = await open(id, { range });
    const got = [response.status, await response.text(), response.headers.get("content-range")];
    assert.deepEqual(got, [status, text, contentRange], range);
  }
});

test("an announced digest is checked, and a file that does not have it leaves nothing", async () => {
  const digest = (content: string) => ({ digest: `sha-256=${sha256(content).toString("base64")}` });
  await stored("right", digest("right"));
  const before = onDisk();
  const rows = (await server.value("query", "files:rows")).length;
  const wrong = await upload("wrong", digest("right"));
  assert.deepEqual([wrong.status, wrong.body.code], [400, "Sha256Mismatch"]);
  for (const header of ["sha-256=AAAA", "md5=AAAA", "sha-256=!"]) {
    const { status, body } = await upload("x", { digest: header });
    assert.deepEqual([status, body.code], [400, "BadDigest"], header);
  }
  assert.deepEqual(onDisk(), before);
  assert.equal((await server.value("query", "files:rows")).length, rows);
});

test("upload URLs are sealed and expire after an hour", async () => {
  const token = new URL(await uploadUrl()).searchParams.get("token")!;
  const tokens = ["", "x", token.slice(0, -2), `${token}AA`, `A${token.slice(1)}`, "A".repeat(token.length)];
  for (const wrong of tokens) {
    const url = `${server.ready.url}/api/storage/upload?token=${wrong}`;
    const response = await fetch(url, { method: "POST", body: "x" });
    assert.deepEqual(
      [response.status, ((await response.json()) as Reply).code],
      [401, "StorageTokenInvalid"],
      wrong,
    );
  }
  const tickets = new UploadTickets("secret");
  const ticket = tickets.issue(0);
  assert.deepEqual(
    [3_599_999, 3_600_000].map((now) => tickets.check(ticket, now)),
    ["valid", "expired"],
  );
  assert.equal(new UploadTickets("other").check(ticket, 0), "invalid");
});

test("an upload that breaks off leaves nothing", async () => {
  const before = onDisk();
  const { hostname, port, pathname, search } = new URL(await uploadUrl());
  const socket = connect(Number(port), hostname);
  socket.write(`POST ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 1000\r\n\r\nhalf`);
  while (onDisk().length === before.length) await server.get("/version");
  socket.destroy();
  while (onDisk().length > before.length) await server.get("/version");
  assert.deepEqual(onDisk(), before);
});

test("an upload goes on when the engine is started anew meanwhile", async () => {
  const { hostname, port, pathname, search } = new URL(await uploadUrl());
  const socket = connect(Number(port), hostname);
  const before = onDisk().length;
  socket.write(`POST ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 8\r\n\r\nhalf`);
  while (onDisk().length === before) await server.get("/version");
  assert.match(await server.error("mutation", "files:loop"), /timed out/);
  // What answers is the new engine.
  await server.value("query", "files:rows");
  socket.write("half");
  const [answer] = (await once(socket, "data")) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1.1 200 /);
  socket.destroy();
});

test("a file whose bytes a reset has removed before it was recorded is not recorded", () => {
  const folder = mkdtempSync(join(tmpdir(), "aioconvex-test-"));
  const store = Store.open(":memory:", { durable: false });
  const gone = { uuid: randomUUID(), sha256: "", size: 1, contentType: null };
  assert.throws(() => addFile(store, new FileFolder(folder), gone), /All files were removed/);
  assert.equal(store.files.all().size, 0);
  rmSync(folder, { recursive: true });
});

test("only names of files are looked up", async () => {
  writeFileSync(join(data, "secret"), "what nobody may read");
  const id = await stored("x");
  const paths = [
    "../secret",
    "..%2Fsecret",
    "%2e%2e/secret",
    "..\\\\secret",
    id,
    "",
    "00000000-0000-0000-0000-00000000000",
    "00000000-0000-0000-0000-000000000000/../../secret",
    "00000000-0000-0000-0000-000000000000%00",
    "FFFFFFFF-0000-0000-0000-000000000000",
  ];
  for (const path of paths) {
    const { status, body } = await rawGet(`/api/storage/${path}`);
    assert.ok(!body.includes("nobody may read") && [400, 404].includes(status), `${path}: ${status} ${body}`);
  }
  for (const path of [id, "", "..%2Fsecret", "FFFFFFFF-0000-0000-0000-000000000000"]) {
    const { status, body } = await rawGet(`/api/storage/${path}`);
    assert.deepEqual([status, JSON.parse(body).code], [400, "InvalidStoragePath"], path);
  }
  const { status, body } = await rawGet("/api/storage/00000000-0000-0000-0000-000000000000");
  assert.deepEqual([status, JSON.parse(body).code], [404, "FileNotFound"]);
  for (const storageId of ["../secret", "x", "", server.ready.adminKey]) {
    assert.match(await server.error("query", "files:url", { id: storageId }), /is no id of a file/);
  }
});

/** Sends the path as it is, which `fetch` would not. */
async function rawGet(path: string): Promise<{ status: number; body: string }> {
  const { hostname, port, host } = new URL(server.ready.url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  let text = "";
  for await (const chunk of socket) text += chunk;
  const [head = "", body = ""] = text.split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), body };
}

test("a deleted file is gone with its bytes; a deletion that is undone changes nothing", async () => {
  const id = await stored("x");
  const url = await server.value("query", "files:url", { id });
  const name = url.split("/").at(-1)!;
  await server.error("mutation", "files:removeThenFail", { id });
  assert.equal(await server.value("mutation", "files:removeInVain", { id }), url);
  assert.ok(onDisk().includes(name));
  assert.equal(await (await fetch(url)).text(), "x");
  await server.value("mutation", "files:remove", { id });
  assert.ok(!onDisk().includes(name));
  assert.equal((await fetch(url)).status, 404);
  assert.equal(await server.value("query", "files:url", { id }), null);
  assert.equal(await server.value("query", "files:metadata", { id }), null);
  assert.match(await server.error("mutation", "files:remove", { id }), /storage id \w+ not found/);
});

test("a live query of a file's URL hears of its deletion, by whichever name it asks", async () => {
  const id = await stored("x");
  const socket = await Socket.connect(server);
  socket.add(0, "files:url", { id });
  const url: string = (await socket.change(0)).value;
  assert.match(url, /^http/);
  socket.add(1, "files:url", { id: url.slice(url.lastIndexOf("/") + 1) });
  assert.equal((await socket.change(1)).value, url);
  await server.value("mutation", "files:remove", { id });
  const changes = await socket.transition();
  assert.deepEqual([changes[0]?.value, changes[1]?.value], [null, null]);
  socket.close();
});

test("actions store and read blobs", async () => {
  const id = await server.value("action", "files:store", { text: "hällo", type: "text/plain" });
  assert.equal(await (await open(id)).text(), "hällo");
  const blob = { text: "hällo", type: "text/plain", size: 6 };
  assert.deepEqual(await server.value("action", "files:read", { id }), blob);
  const digest = sha256("x");
  for (const sha256 of [digest.toString("hex"), digest.toString("base64")]) {
    await server.value("action", "files:store", { text: "x", sha256 });
  }
  const wrong = { text: "y", sha256: digest.toString("hex") };
  assert.match(await server.error("action", "files:store", wrong), /SHA-256 is .* and not/);
  assert.match(
    await server.error("mutation", "files:storeHere"),
    /Storing files outside actions is not supported/,
  );
});

test("actions use the rest of file storage too, each call in a transaction of its own", async () => {
  const id = await stored("hello");
  const [url, size, uploading, after] = await server.value("action", "files:inAction", { id });
  assert.match(url, /\/api\/storage\/[0-9a-f-]{36}$/);
  assert.equal(size, 5);
  assert.equal((await fetch(uploading, { method: "POST", body: "x" })).status, 200);
  assert.equal(after, null);
  assert.equal(await server.value("action", "files:read", { id }), null);
});

test("files outlive a restart, what nobody knows of does not, and a reset removes all", async () => {
  const id = await stored("kept");
  const url = await uploadUrl();
  await server.signal("SIGKILL");
  writeFileSync(join(data, "files", "00000000-0000-0000-0000-000000000000"), "unknown");
  writeFileSync(join(data, "files", "half.part"), "half");
  server = await Server.start(scratch.project, `--data=${data}`, `--port=${new URL(url).port}`);
  assert.equal(await (await open(id)).text(), "kept");
  assert.equal((await fetch(url, { method: "POST", body: "x" })).status, 200);
  assert.equal(existsSync(join(data, "files", "half.part")), false);
  assert.equal(onDisk().length, (await server.value("query", "files:rows")).length);
  await server.asAdmin("/_local/reset");
  assert.deepEqual([onDisk(), await server.value("query", "files:rows")], [[], []]);
});
