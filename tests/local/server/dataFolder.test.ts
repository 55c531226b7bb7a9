// Temporary data goes with its process; what killed processes left is removed by the next ones.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  openDataFolder,
  removeAbandonedFolders,
} from "../../../src/aioconvex/local/server/storage/dataFolder.ts";
import { SavedStates } from "../../../src/aioconvex/local/server/storage/savedStates.ts";
import { Store } from "../../../src/aioconvex/local/server/storage/store.ts";
import { APP, Server } from "./server.ts";

const root = mkdtempSync(join(tmpdir(), "aioconvex-test-"));
process.env["TMPDIR"] = root;
const anHourAgo = new Date(Date.now() - 3_600_000);

after(() => rmSync(root, { recursive: true }));

function folder(name: string): string {
  const path = join(root, name);
  mkdirSync(path);
  return path;
}

test("only old temporary folders that nobody holds are removed", async () => {
  const held = openDataFolder(null).path;
  const young = folder("aioconvex-local-young");
  const [old, foreign] = [folder("aioconvex-local-old"), folder("other")];
  for (const path of [held, old, foreign]) utimesSync(path, anHourAgo, anHourAgo);
  await removeAbandonedFolders();
  assert.deepEqual([held, young, old, foreign].map(existsSync), [true, true, false, true]);
});

test("the data of a killed server is removed when another one starts", async () => {
  const before = new Set(readdirSync(root));
  const killed = await Server.start(APP);
  const [name] = readdirSync(root).filter((name) => !before.has(name));
  const left = join(root, name!);
  await killed.signal("SIGKILL");
  utimesSync(left, anHourAgo, anHourAgo);
  const next = await Server.start(APP);
  while (existsSync(left)) assert.equal((await next.get("/version")).status, 200);
  await next.stop();
});

test("a copy of the data that cannot be completed leaves nothing", () => {
  const path = folder("copied");
  const store = Store.open(join(path, "data.sqlite3"), { durable: true });
  const states = new SavedStates(path);
  assert.ok(states.has(states.save(store)));
  store.transact(() => store.files.add(randomUUID(), "a file without bytes"));
  assert.throws(() => states.save(store), /ENOENT/);
  assert.equal(readdirSync(join(path, "snapshots")).length, 1);
  store.close();
});

test("data that was asked to be kept is kept, and from version control", () => {
  const { path, remove } = openDataFolder(join(root, "kept"));
  remove();
  assert.equal(readFileSync(join(path, ".gitignore"), "utf8"), "*\n");
  writeFileSync(join(path, ".gitignore"), "mine");
  assert.throws(() => openDataFolder(path), /Another local deployment .*kept: stop it, or name another folder/);
  assert.equal(readFileSync(join(path, ".gitignore"), "utf8"), "mine");
});

test("a folder that has files of others is not kept from Git as a whole", () => {
  const path = folder("repository");
  writeFileSync(join(path, "main.py"), "");
  openDataFolder(path);
  assert.equal(existsSync(join(path, ".gitignore")), false);
});
