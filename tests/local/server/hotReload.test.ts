// Files are served as they are saved; what is wrong with them never takes the server down.
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { Scratch, Server } from "./server.ts";
import { Socket } from "./socket.ts";

const answering = (text: string) => `
import { query } from "./_generated/server";
export const get = query({ handler: () => ${JSON.stringify(text)} });
`;
const scratch = new Scratch({ "answer.ts": answering("one") });
const server = await Server.start(scratch.project, "--watch");

after(async () => {
  await server.stop();
  scratch.remove();
});

const answer = () => server.value("query", "answer:get");
const status = async () =>
  JSON.parse((await server.get("/_local/status", { authorization: `Convex ${server.ready.adminKey}` })).body);

/** Asks until the answer is there: that is what a developer does too. */
async function served(text: string): Promise<void> {
  while ((await answer()) !== text);
}

test("a saved file is served, and live queries hear of it", async () => {
  const socket = await Socket.connect(server);
  socket.add(0, "answer:get");
  assert.equal((await socket.change(0)).value, "one");
  scratch.write({ "answer.ts": answering("two") });
  assert.equal((await socket.change(0)).value, "two");
  socket.close();
  await server.prints(/Reloaded: 1 functions, in \d+ ms\./);
});

test("while files are wrong the last version is served, and the error is shown", async () => {
  const wrong: [string, RegExp][] = [
    ["export const = 1;", /convex\/answer\.ts:1:14: Expected identifier/],
    ['throw new Error("while loading");', /A module failed while loading: Error: while loading/],
    ['import "./missing";\nexport const a = 1;', /Could not resolve ".\/missing"/],
  ];
  for (const [text, message] of wrong) {
    scratch.write({ "answer.ts": `${answering("wrong")}\n${text}`.replace(/^\n/, "") });
    await server.prints(
      message.source.startsWith("convex") ? /answer\.ts:\d+:14: Expected identifier/ : message,
    );
    assert.equal(await answer(), "two");
    assert.notEqual((await status()).reloadFailure, null);
  }
  scratch.write({ "answer.ts": answering("two") });
  await server.prints(/Right again: the files are those that are served\./);
  assert.equal((await status()).reloadFailure, null);
  scratch.write({ "answer.ts": answering("three") });
  await served("three");
});

test("a schema that the data does not fit is not served", async () => {
  scratch.write({
    "rows.ts": `
import { mutation } from "./_generated/server";
export const add = mutation({ handler: (ctx) => ctx.db.insert("rows", { size: "large" }) });
`,
  });
  await server.prints(/Reloaded: 2 functions/);
  await server.value("mutation", "rows:add");
  const schema = (type: string) => `
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ rows: defineTable({ size: ${type} }) });
`;
  scratch.write({ "schema.ts": schema("v.number()"), "answer.ts": answering("four") });
  await server.prints(/Not reloaded, the last version is still served\.\nSchema validation failed/);
  assert.equal(await answer(), "three");
  scratch.write({ "schema.ts": schema("v.string()") });
  await served("four");
});

test("new folders, files that replace others, and removed ones are noticed", async () => {
  mkdirSync(join(scratch.project, "deep/er"), { recursive: true });
  scratch.write({ "deep/er/more.ts": answering("deep").replace("./_", "../../_") });
  while ((await server.call("query", "deep/er/more:get")).status !== "success");
  writeFileSync(join(scratch.root, "elsewhere.ts"), answering("five"));
  renameSync(join(scratch.root, "elsewhere.ts"), join(scratch.project, "answer.ts"));
  await served("five");
  rmSync(join(scratch.project, "deep"), { recursive: true });
  while ((await server.call("query", "deep/er/more:get")).status === "success");
});

test("files outside the folder that functions import are noticed too", async () => {
  const shared = join(scratch.root, "shared.ts");
  writeFileSync(shared, 'export const text = "six";');
  scratch.write({ "answer.ts": answering("x").replace('"x"', "text") + 'import { text } from "../shared";' });
  await served("six");
  writeFileSync(shared, 'export const text = "seven";');
  await served("seven");
});

test("files that change nothing lead to no reload", async () => {
  scratch.write({ "README.md": "hello", "_generated/api.d.ts": "export {};" });
  scratch.write({ "answer.ts": answering("eight") });
  await served("eight");
  scratch.write({ "answer.ts": answering("eight") + "// a comment" });
  scratch.write({ "answer.ts": answering("nine") });
  await served("nine");
  assert.equal((await status()).reloadFailure, null);
});
