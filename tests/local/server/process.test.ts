import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { after, test } from "node:test";
import { APP, Scratch, Server } from "./server.ts";
import { reportOf } from "../../../src/aioconvex/local/server/failure.ts";

const scratches: Scratch[] = [];

function scratch(files: Record<string, string>): Scratch {
  const made = new Scratch(files);
  scratches.push(made);
  return made;
}

after(() => scratches.forEach((made) => made.remove()));

async function failure(project: string, ...options: string[]): Promise<{ code: string; message: string }> {
  const server = await Server.start(project, ...options);
  assert.equal(server.ready.ready, false);
  assert.equal(await server.exitCode(), 1);
  return server.ready;
}

test("data and key survive SIGKILL, the key in a file of the owner's only", async () => {
  const data = join(scratch({}).root, "data");
  const first = await Server.start(APP, `--data=${data}`);
  const id = await first.value("mutation", "messages:send", { channel: "kept", body: "x" });
  await first.asAdmin("/_local/env", { changes: [{ name: "GREETING", value: "kept too" }] });
  await first.signal("SIGKILL");
  const second = await Server.start(APP, `--data=${data}`);
  assert.equal(second.ready.adminKey, first.ready.adminKey);
  assert.equal((await second.value("query", "messages:list", { channel: "kept" }))[0]._id, id);
  assert.equal((await second.value("query", "probe:environment")).variable, "kept too");
  assert.equal(statSync(join(data, "admin-key")).mode & 0o777, 0o600);
  assert.equal(readFileSync(join(data, "admin-key"), "utf8").trim(), first.ready.adminKey);
  assert.equal(await second.signal("SIGTERM"), 0);
});

test("one data folder serves one server at a time", async () => {
  const data = join(scratch({}).root, "data");
  const server = await Server.start(APP, `--data=${data}`);
  assert.equal((await failure(APP, `--data=${data}`)).code, "DataLocked");
  assert.equal(await server.stop(), 0);
  const next = await Server.start(APP, `--data=${data}`);
  assert.equal(next.ready.ready, true);
  await next.stop();
});

test("a damaged or newer data folder is refused", async () => {
  const made = scratch({});
  writeFileSync(
    join(made.root, "data.sqlite3"),
    "this is no database at all, but long enough to be mistaken for one".repeat(20),
  );
  assert.equal((await failure(APP, `--data=${made.root}`)).code, "DataCorrupt");
  const newer = join(scratch({}).root, "data");
  await (await Server.start(APP, `--data=${newer}`)).stop();
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(join(newer, "data.sqlite3"));
  database.exec("UPDATE meta SET value = '99' WHERE name = 'format'");
  database.close();
  assert.equal((await failure(APP, `--data=${newer}`)).code, "DataNewer");
});

test("stored data that a changed schema no longer fits stops the start", async () => {
  const made = scratch({
    "items.ts":
      'import { mutation } from "./_generated/server";\nexport const add = mutation(async (ctx) => ctx.db.insert("items", { n: 1 }));',
  });
  const data = join(made.root, "data");
  const server = await Server.start(made.project, `--data=${data}`);
  await server.value("mutation", "items:add");
  await server.stop();
  made.write({
    "schema.ts":
      'import { defineSchema, defineTable } from "convex/server";\nimport { v } from "convex/values";\nexport default defineSchema({ items: defineTable({ n: v.string() }) });',
  });
  assert.equal((await failure(made.project, `--data=${data}`)).code, "SchemaMismatch");
});

test("what prevents a start is said in the ready line", async () => {
  assert.equal((await failure("/no/such/folder")).code, "NoProject");
  assert.equal((await failure(APP, "--port=nonsense")).code, "BadOption");
  const broken = await failure(scratch({ "a.ts": "export const x = ;" }).project);
  assert.equal(broken.code, "BundleFailed");
  assert.equal((await failure(scratch({ "convex.config.ts": "" }).project)).code, "ComponentsUnsupported");
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  assert.equal((await failure(APP, `--port=${port}`)).code, "PortInUse");
  taken.close();
});

test("what the file system refuses is said in a sentence, with the file", () => {
  const message = "/no/such/file cannot be used: no such file or directory (ENOENT).";
  try {
    readFileSync("/no/such/file");
  } catch (error) {
    assert.deepEqual(reportOf(error), { code: "FileUnusable", message });
    return;
  }
  assert.fail();
});

test("a module that never finishes loading is given up", async () => {
  const { code, message } = await failure(scratch({ "a.ts": "for (;;);\nexport {};" }).project);
  assert.equal(code, "AnalyzeFailed");
  assert.match(message, /did not finish loading/);
});

/** Before Node 22.16 nobody can measure a worker's memory, and the array's own limit comes first. */
const GIVEN_UP =
  "getHeapStatistics" in Worker.prototype
    ? /did not finish loading: .*(ran out of memory|timed out)/
    : /did not finish loading: .*|RangeError: Invalid array length/;

test("a module that takes all memory while loading is given up, in either runtime", async () => {
  const text = "const kept: number[] = [];\nfor (let i = 0; ; i++) kept.push(i + 0.5);\nexport {};\n";
  for (const directive of ["", '"use node";\n']) {
    const { code, message } = await failure(scratch({ "a.ts": directive + text }).project);
    assert.equal(code, "AnalyzeFailed");
    assert.match(message, GIVEN_UP);
  }
});

test("an empty project serves", async () => {
  const server = await Server.start(scratch({}).project);
  assert.equal(server.ready.functions, 0);
  assert.equal(await server.stop(), 0);
});

const FRAGILE = `
import { query } from "./_generated/server";
if (process.env.FAIL) throw new Error("not again");
export const hang = query({ handler: () => { for (;;); } });
export const fine = query({ handler: () => "fine" });
`;

test("functions that cannot be loaded again leave the server running, and come back with the next change", async () => {
  const server = await Server.start(scratch({ "calls.ts": FRAGILE }).project, "--function-ms=50");
  const set = (value: string | null) => server.asAdmin("/_local/env", { changes: [{ name: "FAIL", value }] });
  assert.notEqual((await set("yes")).status, 200);
  assert.equal(await server.value("query", "calls:fine"), "fine");
  await server.error("query", "calls:hang");
  await server.prints(/could not be loaded again:.* not again/s);
  assert.equal((await server.post("/api/query", { path: "calls:fine", args: {} })).status, 500);
  assert.equal((await set(null)).status, 200);
  assert.equal(await server.value("query", "calls:fine"), "fine");
  assert.equal(await server.stop(), 0);
});

test("data that cannot be opened again fails every call, and the server still ends", async () => {
  const made = scratch({ "calls.ts": FRAGILE });
  const data = join(made.root, "data");
  const server = await Server.start(made.project, "--function-ms=50", `--data=${data}`);
  const ending = server.error("query", "calls:hang");
  for (const name of readdirSync(data).filter((name) => name.startsWith("data.sqlite3")))
    writeFileSync(join(data, name), "no database".repeat(1000));
  await ending;
  for (let i = 0; i < 2; i++) {
    const { status } = await server.post("/api/query", { path: "calls:fine", args: {} });
    assert.equal(status, 500);
  }
  assert.equal(await server.stop(), 0);
});
