// What a project may be made of besides its modules, and what `convex.json` says of it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { existsSync, symlinkSync } from "node:fs";
import { after, test } from "node:test";
import { Scratch, Server } from "./server.ts";
import { parseOptions } from "../../../src/aioconvex/local/server/options.ts";
import { bundleProject } from "../../../src/aioconvex/local/server/project/bundle.ts";
import { loadNodeProgram, loadProgram } from "../../../src/aioconvex/local/server/project/program.ts";

const made: Scratch[] = [];

after(() => made.forEach((scratch) => scratch.remove()));

/** With npm packages, or without any. */
function projects(files: Record<string, string>): Scratch[] {
  const [own, bare] = [new Scratch(files), new Scratch(files)];
  bare.remove("../node_modules");
  made.push(own, bare);
  return [own, bare];
}

/** What an action named `a:get` returns. */
async function got({ project }: Scratch, runtime: "default" | "node" = "default"): Promise<unknown> {
  const bundle = await bundleProject(project);
  const { functions } = runtime === "node" ? loadNodeProgram(bundle) : loadProgram(bundle, []);
  return JSON.parse(await functions.get("a:get")!.invoke("[{}]"));
}

async function refusal(files: Record<string, string>): Promise<string> {
  const [{ project }] = projects(files) as [Scratch];
  return bundleProject(project).then(
    (bundle) => assert.fail(`it was bundled: ${loadProgram(bundle, []).functions.size}`),
    (error: Error) => error.message,
  );
}

test("`node:async_hooks` and `server-only` may be imported everywhere", async () => {
  const source = `
import "server-only";
import hooks, { AsyncLocalStorage } from "node:async_hooks";
import { action } from "./_generated/server";
const storage = new AsyncLocalStorage<string>();
export const get = action({ handler: async () =>
  [await storage.run("inside", async () => storage.getStore()), typeof hooks.AsyncResource] });
`;
  for (const text of [source, `"use node";${source}`]) {
    for (const scratch of projects({ "a.ts": text })) {
      assert.deepEqual(await got(scratch, text === source ? "default" : "node"), ["inside", "function"]);
    }
  }
});

test("a .wasm file is a module that has been compiled", async () => {
  // (module (func (export "seven") (result i32) i32.const 7))
  const bytes = Buffer.from(
    "0061736d010000000105016000017f0302010007090105736576656e00000a0601040041070b",
    "hex",
  );
  const source = `
import seven from "./seven.wasm";
import { query } from "./_generated/server";
export const get = query({ handler: async () => (new WebAssembly.Instance(seven).exports.seven as any)() });
`;
  for (const scratch of projects({ "a.ts": source })) {
    scratch.write({ "seven.wasm": bytes });
    assert.equal(await got(scratch), 7);
  }
});

test("convex.json keeps packages out of Node modules' bundles, and only there", async () => {
  const files = {
    "a.ts": `"use node";
import name from "outside";
import { action } from "./_generated/server";
export const get = action({ handler: async () => [name, (await import("outside")).default] });
`,
  };
  for (const scratch of projects(files)) {
    if (existsSync(join(scratch.root, "node_modules"))) scratch.install(["convex", "esbuild"]);
    scratch.write({
      "../package.json": '{ "dependencies": { "outside": "1.0.0", "convex": "*" } }',
      // Of a bundle, this is another name.
      "../node_modules/outside/index.js": 'module.exports = require("node:path").basename(__filename);',
      "../node_modules/outside/package.json": '{ "name": "outside", "version": "1.0.0" }',
    });
    for (const externalPackages of [["outside"], ["*"]]) {
      scratch.write({ "../convex.json": JSON.stringify({ node: { externalPackages } }) });
      assert.deepEqual(await got(scratch, "node"), ["index.js", "index.js"]);
    }
  }
});

test("convex.json says where the functions are", async () => {
  const [scratch] = projects({ "../convex.json": '{ "functions": "src/functions/" }' }) as [Scratch];
  scratch.write({
    "../src/functions/a.ts":
      'import { query } from "./_generated/server";\nexport const get = query(async () => 1);\n',
  });
  const server = await Server.start(scratch.root);
  assert.equal(await server.value("query", "a:get"), 1);
  await server.stop();
  for (const [text, expected] of [
    ["{", /convex\.json is not JSON/],
    ['{ "functions": 5 }', /convex\.json: `functions` must be a string/],
    ['{ "functions": "nowhere" }', /There is no Convex project folder at .*nowhere/],
  ] as const) {
    scratch.write({ "../convex.json": text });
    const { ready } = await Server.start(scratch.root);
    assert.equal(ready.code, "NoProject");
    assert.match(ready.message, expected);
  }
});

test("actions have Convex's time, which is another one in Node, unless the command line says otherwise", () => {
  const limits = (...options: string[]) => parseOptions(["--project=x", ...options]).timeLimits;
  assert.deepEqual(limits(), { functions: 1000, actions: { default: 1_800_000, node: 600_000 } });
  assert.deepEqual(limits("--action-ms=50"), { functions: 1000, actions: { default: 50, node: 50 } });
});

test("an app may declare its environment variables, but neither use components nor move its routes", async () => {
  const app = (more: string) => ({
    "convex.config.ts": `
import { defineApp } from "convex/server";
import { v } from "convex/values";
const app = defineApp({ env: { GREETING: v.optional(v.string()) } });
${more}
export default app;
`,
    "a.ts": `
import { env, query } from "./_generated/server";
export const get = query({ handler: async () => typeof env.GREETING });
`,
  });
  for (const scratch of projects(app(""))) assert.equal(await got(scratch), "undefined");
  assert.match(await refusal(app("app.use(other);")), /knows no components/);
  assert.match(await refusal(app("app.httpPrefix = 'x';")), /knows no components/);
});

test("what npm convex would not deploy is refused, or left out", async () => {
  const module = "export const x = 1;\n";
  assert.match(await refusal({ "_deps/a.ts": module }), /`_deps`, which is reserved/);
  assert.match(await refusal({ "actions/a.ts": module }), /actions\/a\.ts .* "use node"/);
  assert.match(
    await refusal({ "my-notes.ts": module }),
    /my-notes\.js is not a valid path to a Convex module/,
  );
  const [scratch] = projects({
    "a.ts": 'import { query } from "./_generated/server";\nexport const get = query(async () => 1);\n',
  }) as [Scratch];
  symlinkSync(join(scratch.project, "a.ts"), join(scratch.project, "b.ts"));
  const { functions } = loadProgram(await bundleProject(scratch.project), []);
  assert.deepEqual([...functions.keys()], ["a:get"]);
});
