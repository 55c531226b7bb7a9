// Our own bundler, for projects without npm packages: what it makes does what esbuild's does.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { APP, Scratch, Server } from "./server.ts";
import { Socket } from "./socket.ts";
import { build } from "../../../src/aioconvex/local/server/bundler/build.ts";
import { bundleProject } from "../../../src/aioconvex/local/server/project/bundle.ts";
import { loadProgram, type Program } from "../../../src/aioconvex/local/server/project/program.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const made: Scratch[] = [];

after(() => made.forEach((scratch) => scratch.remove()));

function bare(files: Record<string, string>): Scratch {
  const scratch = new Scratch(files);
  scratch.remove("../node_modules");
  made.push(scratch);
  return scratch;
}

async function failure(files: Record<string, string>): Promise<string> {
  try {
    loadProgram(await bundleProject(bare(files).project), []);
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("it was bundled");
}

test("a project without npm packages is served, over HTTP and WebSocket", async () => {
  const { project } = bare({
    "schema.ts": `
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ notes: defineTable({ text: v.string() }) });
`,
    "notes.ts": `
import { mutation, query } from "./_generated/server";
import type { Doc } from "./_generated/dataModel";
import { v } from "convex/values";
import { shout } from "./deep";
export const add = mutation({
  args: { text: v.string() },
  handler: (ctx, { text }: { text: string }) => ctx.db.insert("notes", { text: shout(text) }),
});
export const all = query({
  handler: async (ctx) => (await ctx.db.query("notes").collect()).map(({ text }: Doc<"notes">) => text),
});
`,
    "deep/index.ts":
      'import words from "./words.json";\nexport const shout = (text: string) => text + words.end;\n',
    "deep/words.json": '{ "end": "!" }',
  });
  const server = await Server.start(project);
  const socket = await Socket.connect(server);
  socket.add(0, "notes:all");
  assert.deepEqual((await socket.change(0)).value, []);
  await server.value("mutation", "notes:add", { text: "Hello" });
  assert.deepEqual((await socket.change(0)).value, ["Hello!"]);
  assert.match(await server.error("mutation", "notes:add", { text: 5 }), /ArgumentValidationError/);
  socket.close();
  await server.stop();
});

test("both bundlers make the same program", async () => {
  for (const folder of [APP, join(REPOSITORY, "convex"), join(REPOSITORY, "tests/conformance/convex")]) {
    const { project } = bare({});
    cpSync(folder, project, { recursive: true });
    const [ours, theirs] = [await bundleProject(project), await bundleProject(folder)];
    assert.deepEqual(described(loadProgram(ours, [])), described(loadProgram(theirs, [])), folder);
    assert.deepEqual([ours.convexVersion, ours.outside], [theirs.convexVersion, []]);
  }
});

function described({ functions, schema, authProviders, httpRoutes, crons }: Program): unknown {
  const infos = [...functions.values()].map(({ path, kind, isPublic, args, returns }) => {
    return { path, kind, isPublic, args, returns };
  });
  infos.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { functions: infos, schema, authProviders, httpRoutes, crons };
}

test("modules mean what they say", async () => {
  const { project } = bare({
    "a.ts": `
import fallback, { count as counted, increment } from "./b";
import * as b from "./b.js";
export * from "./b";
export * as whole from "./b";
enum Size { Small = "s", Large = 7 }
class Point { constructor(readonly x: number, private y = 2) {} sum() { return this.x + this.y; } }
const quoted = "require('./nowhere') process.env.NODE_ENV"; // require("./nowhere")
const before = counted;
increment();
const point = new Point(1) satisfies object as Point;
const late = async () => (await import("./b")).count;
export const found = [before, counted, b.count, fallback(), Size.Small, Size[7], point.sum(), quoted,
  process.env.NODE_ENV, typeof late, <number>(5 as unknown)];
`,
    "b.ts": `
import { found } from "./a";
export let count = 1;
export function increment(): void { count++; }
export const early = () => found;
export default <T,>(value?: T): string => "default";
`,
  });
  const contents = 'import * as a from "./a"; export default a;';
  const built = await build({
    absWorkingDir: project,
    platform: "browser",
    plugins: [],
    outfile: join(project, "out.js"),
    define: { "process.env.NODE_ENV": '"production"' },
    stdin: { contents, resolveDir: project, loader: "ts", sourcefile: "<entry>" },
  });
  const module = { exports: {} as { default?: Record<string, unknown> } };
  new Function("module", "exports", built.outputFiles[1]!.text)(module, module.exports);
  const { found, count, early, whole } = module.exports.default as Record<string, any>;
  const text = "require('./nowhere') process.env.NODE_ENV";
  const expected = [1, 2, 2, "default", "s", "Large", 3, text, "production", "function", 5];
  assert.deepEqual([found, count, early(), whole.count], [expected, 2, expected, 2]);
  assert.deepEqual(built.metafile.inputs["a.ts"], { imports: [{ path: "b.ts" }, { path: "b.ts" }] });
});

test("what one statement declares is exported one by one", async () => {
  const a = `
export const one = ((a, b = 1) => [a, b])(1), two: Map<string, number> = new Map<string, number>([["x", 2]]), three = () => {
  const inner = 1, other = 2;
  return inner + other;
};
export let four, five = 5
let six = 6, seven = 7
export const { eight, more: [nine, ten = 10] } = { eight: 8, more: [9] }, [eleven] = [11]
six += seven, seven++
export var twelve = six, thirteen = class { f = 1; g = 2 };
four = 4, five += 0.5;
`;
  const { project } = bare({ "a.ts": a, "b.ts": 'import * as all from "./a"; export default () => ({ ...all });' });
  const { two, three, thirteen, ...others } = (await evaluated(project, "./b")) as Record<string, any>;
  assert.deepEqual([two.get("x"), three(), typeof thirteen], [2, 3, "function"]);
  const [one, twelve] = [[1, 1], 13];
  assert.deepEqual(others, { one, four: 4, five: 5.5, eight: 8, nine: 9, ten: 10, eleven: 11, twelve });
});

/** What the function makes that a module exports by default. */
async function evaluated(project: string, file: string): Promise<unknown> {
  const contents = `import made from "${file}"; export default made();`;
  const built = await build({
    absWorkingDir: project,
    platform: "browser",
    plugins: [],
    outfile: join(project, "out.js"),
    define: {},
    stdin: { contents, resolveDir: project, loader: "ts", sourcefile: "<entry>" },
  });
  const module = { exports: {} as { default?: unknown } };
  new Function("module", "exports", built.outputFiles[1]!.text)(module, module.exports);
  return module.exports.default;
}

test("modules that import each other call each other's functions while they load", async () => {
  const { project } = bare({
    "a.ts": `
import { made } from "./b";
export function one(x: string): number;
export function one(x: number): number;
export function one(x: unknown) { return 1; }
export async function later() { return "export function none() {}"; }
export function* many() { yield 3; }
export default function half() { return 0.5; }
export const all = () => made;
`,
    "b.ts": `
import half, { later, many, one } from "./a";
export const made = [half(), one(2), later() instanceof Promise, ...many()];
`,
    "c.ts": 'export { all as default } from "./a";',
  });
  assert.deepEqual(await evaluated(project, "./c"), [0.5, 1, true, 3]);
});

test("what is wrong is shown where it is", async () => {
  assert.match(
    await failure({ "a.ts": "export const a = 1;\nexport const b = (;\n" }),
    /^convex\/a\.ts:2:19: /,
  );
  assert.match(
    await failure({ "a.ts": "export const a = 1;\nlet twice = 1;\n  let twice = 2;\n" }),
    /^convex\/a\.ts:3:7: Identifier 'twice' has already been declared\n      let twice = 2;\n {10}\^$/,
  );
  assert.match(
    await failure({ "a.ts": 'import { b } from "./missing";\nexport const a = b;\n' }),
    /^convex\/a\.ts:1:19: Could not resolve "\.\/missing"\n/,
  );
  const needs = 'import { z } from "zod/v4";\nimport fs from "node:fs";\nexport const a = [z, fs];\n';
  assert.match(
    await failure({ "a.ts": needs }),
    /^convex\/a\.ts:1:19: Could not resolve "zod\/v4": without npm packages .* Run `npm install convex zod`\n/,
  );
  assert.match(
    await failure({ "a.ts": 'export { default } from "./d.json";\n', "d.json": '{\n  "a": oops\n}' }),
    /^convex\/d\.json:\d+:\d+: Unexpected token/,
  );
  assert.match(await failure({ "a.ts": needs }), /convex\/a\.ts:2:16: Could not resolve "node:fs"\n/);
});

test("what our bundler cannot do is refused", async () => {
  const namespace = "declare global { namespace N { type A = 1 } }\nexport namespace X { export const a = 1; }";
  assert.match(
    await failure({ "a.ts": namespace }),
    /^convex\/a\.ts:2:8: Namespaces need .* Run `npm install convex`\n/,
  );
  assert.match(await failure({ "a.ts": "export const u = import.meta;" }), /^convex\/a\.ts:1:25: .*import\.meta/);
  assert.match(await failure({ "a.ts": "export const x = await 5;" }), /^convex\/a\.ts:1:\d+: await is only/);
  assert.match(await failure({ "a.tsx": "export const e = <p/>;" }), /Could not resolve "react\/jsx-runtime"/);
});

test("a \"use node\" module has all of Node", async () => {
  const { project } = bare({
    "a.ts": `"use node";
import { createHash } from "node:crypto";
import * as path from "path";
import { action } from "./_generated/server";
export const digest = action((_, { text }: { text: string }) =>
  path.join("sha256", createHash("sha256").update(text).digest("hex").slice(0, 8)));
export const fail = action(() => {
  throw new Error("not today");
});
`,
  });
  const server = await Server.start(project);
  assert.equal(await server.value("action", "a:digest", { text: "abc" }), "sha256/ba7816bf");
  assert.match(await server.error("action", "a:fail"), /not today\n    at .*\(\.\.\/convex\/a\.ts:8:/);
  await server.stop();
});

test("errors name the lines of the user's files, and no others", async () => {
  const thrown = await failure({
    "a.ts": 'import { fail } from "./b";\nexport const a = 1;\n\n    fail();\n',
    "b.ts": 'import { v } from "convex/values";\nexport function fail() {\n  v.id(5 as any);\n}\n',
  });
  assert.deepEqual(
    thrown
      .split("\n")
      .slice(1)
      .map((line) => line.replace(/^.*\((.*):\d+\)$/, "$1")),
    ["../convex/b.ts:3", "../convex/a.ts:4"],
  );
});
