// Files that begin with "use node": their actions have all of Node, and they define nothing but actions.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Scratch, Server } from "./server.ts";

const FUNCTIONS = `
import { action, mutation, query } from "./_generated/server";
import { api } from "./_generated/api";

export const add = mutation({ handler: ({ db }, { text }: any) => db.insert("notes", { text }) });
export const all = query({ handler: async ({ db }) => (await db.query("notes").collect()).map(({ text }) => text) });
export const relay = action({ handler: ({ runAction }, args: any) => runAction(api.deep.node.digest, args) });
export const later = mutation({
  handler: ({ scheduler }, args: any) => scheduler.runAfter(0, api.deep.node.keep, args),
});
export const asMutation = mutation({ handler: ({ runMutation }) => runMutation(api.deep.node.keep as any, {}) });
export const known = query({ handler: () => [typeof process.env.GREETING, typeof (process as any).version] });
`;
const NODE = `// A directive may follow a comment.
"use node";

import { createHash } from "crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "path";
import { v } from "convex/values";
import { action, internalAction } from "../_generated/server";
import { api } from "../_generated/api";

export const digest = action({
  args: { text: v.string() },
  returns: v.string(),
  handler: async (_, { text }) => createHash("sha256").update(Buffer.from(text)).digest("hex"),
});
export const keep = internalAction({
  handler: async ({ runMutation }, { text }: { text: string }) => {
    const folder = await mkdtemp(path.join(tmpdir(), "node-action-"));
    await writeFile(path.join(folder, "text"), text);
    const read = await readFile(path.join(folder, "text"), "utf8");
    await rm(folder, { recursive: true });
    await runMutation(api.functions.add, { text: read });
    const { EOL } = await import("node:os");
    return EOL;
  },
});
export const environment = action({ handler: async () => ({ ...process.env }) });
export const visit = action({
  handler: async () => {
    const server = createServer((_, response) => response.end("from Node"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const reply = await (await fetch("http://127.0.0.1:" + port)).text();
    server.close();
    return reply;
  },
});
export const back = action({ handler: ({ runAction }, { text }: any) => runAction(api.functions.relay, { text }) });
export const fail = action({
  handler: async () => {
    throw new TypeError("on purpose");
  },
});
export const leave = action({ handler: async () => process.exit(3) });
export const spin = action({
  handler: async () => {
    for (;;);
  },
});
export const logs = action({ handler: async () => console.warn("from", "Node") });
`;
const HTTP = `
import { httpRouter } from "convex/server";
import { httpAction } from "./_generated/server";
import { api } from "./_generated/api";

const http = httpRouter();
http.route({ path: "/digest", method: "GET", handler: httpAction(async ({ runAction }) =>
  new Response(await runAction(api.deep.node.digest, { text: "x" }))) });
export default http;
`;
const CRONS = `
import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";

const crons = cronJobs();
crons.cron("node", "0 0 1 1 *", internal.deep.node.keep, { text: "by cron" });
export default crons;
`;
const X = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

const scratch = new Scratch({
  "functions.ts": FUNCTIONS,
  "deep/node.ts": NODE,
  "http.ts": HTTP,
  "crons.ts": CRONS,
});
const server = await Server.start(scratch.project, "--action-ms=1500");
assert.ok(server.ready.ready, server.ready.message);
after(() => scratch.remove());

async function refusal(files: Record<string, string>): Promise<{ code: string; message: string }> {
  scratch.write(files);
  const { status, body } = await server.asAdmin("/_local/push");
  for (const name of Object.keys(files)) scratch.remove(name);
  assert.equal(status, 400, JSON.stringify(body));
  assert.equal(await server.value("action", "deep/node:digest", { text: "x" }), X, "the old version serves");
  return body;
}

test("actions have Node's modules, Buffer, the network and import()", async () => {
  assert.equal(await server.value("action", "deep/node:digest", { text: "x" }), X);
  assert.equal(await server.value("action", "deep/node:visit"), "from Node");
  const { body } = await server.asAdmin("/api/function", { path: "deep/node:keep", args: { text: "kept" } });
  assert.equal(body.value, "\n");
  assert.deepEqual(await server.value("query", "functions:all"), ["kept"]);
});

test("arguments and results are checked, internal ones are not public, errors and logs say where", async () => {
  assert.match(await server.error("action", "deep/node:digest", { text: 1 }), /ArgumentValidationError/);
  assert.match(
    await server.error("action", "deep/node:keep", { text: "x" }),
    /Could not find public function/,
  );
  assert.match(
    await server.error("action", "deep/node:fail"),
    /Uncaught TypeError: on purpose\n    at handler \(\.\.\/convex\/deep\/node\.ts:43:11\)/,
  );
  const { logLines } = await server.call("action", "deep/node:logs");
  assert.deepEqual(logLines, ["[WARN] 'from' 'Node'"]);
});

test("both runtimes call each other, and so do HTTP actions, schedules and cron jobs", async () => {
  assert.equal(await server.value("action", "functions:relay", { text: "x" }), X);
  assert.equal(await server.value("action", "deep/node:back", { text: "x" }), X);
  assert.equal(await (await fetch(`${server.ready.siteUrl}/digest`)).text(), X);
  await server.asAdmin("/_local/reset");
  await server.value("mutation", "functions:later", { text: "scheduled" });
  await server.asAdmin("/_local/idle");
  await server.asAdmin("/_local/clock", { seconds: 366 * 24 * 3600 });
  await server.asAdmin("/_local/idle");
  assert.deepEqual(await server.value("query", "functions:all"), ["scheduled", "by cron"]);
  assert.match(
    await server.error("mutation", "functions:asMutation"),
    /Trying to execute deep\/node\.js:keep as Mutation, but it is defined as Action/,
  );
});

test("a Node action takes 5 MiB of arguments", async () => {
  const text = "x".repeat(5 << 20);
  const digest = await server.value("action", "deep/node:digest", { text: text.slice(100) });
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.match(
    await server.error("action", "deep/node:digest", { text }),
    /too large \(actual: .*, limit: 5 MiB\)/,
  );
});

test("the environment is the deployment's alone, and new with each change", async () => {
  await server.asAdmin("/_local/env", { changes: [{ name: "GREETING", value: "hello" }] });
  const environment = await server.value("action", "deep/node:environment");
  assert.deepEqual(Object.keys(environment).sort(), ["CONVEX_CLOUD_URL", "CONVEX_SITE_URL", "GREETING"]);
  assert.deepEqual(await server.value("query", "functions:known"), ["string", "undefined"]);
});

test("what ends or blocks its thread ends alone", async () => {
  const spinning = server.error("action", "deep/node:spin");
  assert.match(await server.error("action", "deep/node:leave"), /The action ended its own thread/);
  assert.equal(await server.value("action", "deep/node:digest", { text: "x" }), X);
  assert.match(await spinning, /timed out \(maximum duration: 1\.5s\)/);
});

test("queries and mutations in such files are refused with file and name, as Convex does", async () => {
  for (const [kind, builder] of Object.entries({ Query: "internalQuery", Mutation: "mutation" })) {
    const text = `"use node";\nimport { ${builder} } from "../_generated/server";\nexport const mine = ${builder}(async () => 1);\n`;
    const { code, message } = await refusal({ "deep/wrong.ts": text });
    assert.equal(code, "AnalyzeFailed");
    assert.equal(
      message,
      `\`mine\` defined in \`deep/wrong.js\` is a ${kind} function. Only actions can be defined in Node.js. See https://docs.convex.dev/functions/actions for more details.`,
    );
  }
});

test("files that others depend on cannot be such, and loading errors are the file's", async () => {
  for (const name of ["schema.ts", "auth.config.ts"]) {
    const { message } = await refusal({ [name]: '"use node";\nexport default {};\n' });
    assert.equal(message, `"use node" directive is not allowed for ${name}.`);
  }
  const thrown = await refusal({
    "deep/wrong.ts": '"use node";\nexport {};\nthrow new Error("not today");\n',
  });
  assert.match(thrown.message, /not today\n.*\.\.\/convex\/deep\/wrong\.ts:3:7/);
  const missing = await refusal({ "deep/wrong.ts": '"use node";\nimport "no-such-package";\n' });
  assert.match(missing.message, /convex\/deep\/wrong\.ts:2:8: Could not resolve "no-such-package"/);
});

test("a project without npm packages has Node actions too", async () => {
  const bare = new Scratch({ "functions.ts": FUNCTIONS, "deep/node.ts": NODE });
  bare.remove("../node_modules");
  const other = await Server.start(bare.project);
  assert.equal(await other.value("action", "functions:relay", { text: "x" }), X);
  assert.equal(await other.value("action", "deep/node:visit"), "from Node");
  await other.stop();
  bare.remove();
});
