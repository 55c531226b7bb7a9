import assert from "node:assert/strict";
import { before, test } from "node:test";
import { convexToJson } from "convex/values";
import { Random } from "./random.ts";
import { APP, type Reply, Server } from "./server.ts";

let server: Server;

before(async () => {
  server = await Server.start(APP, "--action-ms=2000");
});

test("values of all kinds come back as they went, through arguments and the database", async () => {
  const random = new Random(5);
  for (let i = 0; i < 40; i++) {
    const value = convexToJson(random.value(2));
    assert.deepEqual(await server.value("query", "probe:echo", { value }), value);
    assert.deepEqual(await server.value("mutation", "probe:store", { value }), value);
  }
});

test("documents come in the order of their index, not of their insertion", async () => {
  await server.asAdmin("/_local/reset");
  const ascending = [
    null,
    { $integer: "BQAAAAAAAAA=" },
    -1,
    { $float: "AAAAAAAA8H8=" },
    false,
    true,
    "z",
    "é",
    { $bytes: "AA==" },
    [1],
    { a: 1 },
  ];
  for (const value of [...ascending].reverse()) await server.value("mutation", "probe:store", { value });
  assert.deepEqual(await server.value("query", "probe:notes"), ascending);
});

test("a document can be read, patched, replaced and deleted", async () => {
  const id = await server.value("mutation", "messages:send", { channel: "crud", body: "one", rank: 1 });
  const created = await server.value("query", "messages:get", { id });
  assert.deepEqual(
    { ...created, _creationTime: 0 },
    { _id: id, _creationTime: 0, channel: "crud", body: "one", rank: 1 },
  );
  assert.deepEqual(await server.value("query", "messages:byId", { id }), created);
  const patched = await server.value("mutation", "messages:edit", { id, patch: { body: "two" } });
  assert.deepEqual(patched, { ...created, body: "two" });
  assert.ok(
    !("rank" in (await server.value("mutation", "messages:edit", { id, patch: { rank: "remove" } }))),
  );
  await server.value("mutation", "messages:overwrite", { id, document: { ...created, body: "three" } });
  assert.deepEqual(await server.value("query", "messages:list", { channel: "crud" }), [
    { ...created, body: "three" },
  ]);
  await server.value("mutation", "messages:erase", { id });
  assert.equal(await server.value("query", "messages:get", { id }), null);
  assert.match(await server.error("mutation", "messages:erase", { id }), /Delete on nonexistent document ID/);
  assert.match(
    await server.error("mutation", "messages:edit", { id, patch: {} }),
    /Update on nonexistent document ID/,
  );
});

test("an index moves with its documents", async () => {
  const id = await server.value("mutation", "messages:send", { channel: "before", body: "x" });
  await server.value("mutation", "messages:edit", { id, patch: { channel: "afterwards" } });
  assert.deepEqual(await server.value("query", "messages:list", { channel: "before" }), []);
  assert.equal((await server.value("query", "messages:list", { channel: "afterwards" })).length, 1);
});

test("ranges and orders", async () => {
  for (const rank of [1, 2, 3, 4, 5])
    await server.value("mutation", "messages:send", { channel: "ranks", body: "x", rank });
  const ranks = async (order: string) =>
    (await server.value("query", "messages:ranked", { channel: "ranks", low: 1, high: 4, order })).map(
      (m: Reply) => m.rank,
    );
  assert.deepEqual(await ranks("asc"), [2, 3, 4]);
  assert.deepEqual(await ranks("desc"), [4, 3, 2]);
});

test("pages over HTTP visit every document once, in both orders", async () => {
  await server.value("mutation", "messages:fill", { channel: "paged", count: 25 });
  for (const order of ["asc", "desc"]) {
    const seen: string[] = [];
    for (let cursor: string | null = null, isDone = false; !isDone;) {
      const page: Reply = await server.value("query", "messages:page", {
        channel: "paged",
        order,
        paginationOpts: { numItems: 7, cursor },
      });
      seen.push(...page.page.map((message: Reply) => message._id));
      ({ continueCursor: cursor, isDone } = page);
    }
    assert.equal(seen.length, 25);
    assert.equal(new Set(seen).size, 25);
  }
});

test("a cursor of another query is an InvalidCursor with its data", async () => {
  const first = await server.value("query", "messages:page", {
    channel: "paged",
    paginationOpts: { numItems: 1, cursor: null },
  });
  const reply = await server.call("query", "messages:page", {
    channel: "elsewhere",
    paginationOpts: { numItems: 1, cursor: first.continueCursor },
  });
  assert.match(reply.errorMessage, /InvalidCursor/);
  assert.deepEqual(reply.errorData, { isConvexSystemError: true, paginationError: "InvalidCursor" });
  const broken = await server.call("query", "messages:page", {
    channel: "paged",
    paginationOpts: { numItems: 1, cursor: "nonsense" },
  });
  assert.match(broken.errorMessage, /Failed to parse cursor/);
  assert.ok(!("errorData" in broken));
});

test("a failing mutation leaves nothing behind", async () => {
  const message = await server.error("mutation", "messages:sendThenFail", { channel: "rollback" });
  assert.match(
    message,
    /^\[Request ID: [0-9a-f]{16}\] Server Error\nUncaught Error: changed my mind\n    at handler \(\.\.\/convex\/messages\.ts:\d+:\d+\)\n$/,
  );
  assert.deepEqual(await server.value("query", "messages:list", { channel: "rollback" }), []);
});

test("nested calls: a caught failure undoes only itself, queries see pending writes", async () => {
  const result = await server.value("mutation", "messages:nested", { channel: "nested" });
  assert.deepEqual(result, {
    caught: { code: { $integer: "BwAAAAAAAAA=" } },
    seen: 2,
    stale: 0,
    parallel: 2,
    inserted: "string",
  });
  assert.equal((await server.value("query", "messages:list", { channel: "nested" })).length, 3);
});

test("a ConvexError keeps its data through nested calls, of actions too", async () => {
  for (const [kind, path, args] of [
    ["mutation", "messages:nestedFailure", { channel: "lost" }],
    ["action", "messages:fromAction", { channel: "lost", fail: true }],
  ] as const) {
    const reply = await server.call(kind, path, args);
    assert.deepEqual(reply.errorData, { code: { $integer: "BwAAAAAAAAA=" } });
    assert.match(reply.errorMessage, /Uncaught ConvexError: /);
  }
  assert.deepEqual(await server.value("query", "messages:list", { channel: "lost" }), []);
});

test("errorData is there for ConvexErrors only, also when it is null", async () => {
  for (const data of [null, "text", { a: [1] }]) {
    const reply = await server.call("query", "messages:fail", { data });
    assert.deepEqual(reply.errorData, data);
  }
  assert.ok(!("errorData" in (await server.call("query", "probe:badReturn"))));
});

test("validation of arguments and results, with the server's texts", async () => {
  assert.match(
    await server.error("query", "messages:list", {}),
    /Server Error\nArgumentValidationError: Object is missing the required field `channel`/,
  );
  assert.match(
    await server.error("query", "messages:list", { channel: "x", more: 1 }),
    /ArgumentValidationError: Object contains extra field `more`/,
  );
  assert.match(
    await server.error("query", "messages:list", { channel: { $integer: "BQAAAAAAAAA=" } }),
    /Path: \.channel\nValue: 5n\nValidator: v\.string\(\)/,
  );
  assert.match(
    await server.error("query", "probe:badReturn"),
    /ReturnsValidationError: Value does not match validator/,
  );
  const id = await server.value("mutation", "messages:send", { channel: "x", body: "y" });
  assert.match(
    await server.error("mutation", "messages:edit", { id, patch: { rank: "high" } }),
    /Failed to insert or update a document in table "messages" because it does not match the schema: Value does not match validator\.\nPath: \.rank/,
  );
  assert.match(
    await server.error("query", "probe:echo", { value: { $foo: 1 } }),
    /Invalid arguments for probe\.js:echo: /,
  );
  const point = await server.value("mutation", "probe:addPoint", {
    name: "p",
    kind: "none",
    embedding: [0, 0, 1],
  });
  assert.match(await server.error("query", "messages:get", { id: point }), /from table `points`/);
});

test("functions are found by kind and visibility", async () => {
  assert.match(
    await server.error("query", "messages:missing"),
    /Could not find public function for 'messages:missing'/,
  );
  assert.match(
    await server.error("query", "messages:secret"),
    /Could not find public function for 'messages:secret'/,
  );
  assert.match(
    await server.error("query", "messages:send"),
    /Trying to execute messages\.js:send as Query, but it is defined as Mutation\./,
  );
  const key = { authorization: `Convex ${server.ready.adminKey}` };
  assert.equal(
    (await server.post("/api/query", { path: "messages:secret", args: {} }, key)).body.value,
    "secret",
  );
  assert.equal(
    (await server.asAdmin("/api/function", { path: "messages.js:secret", args: {} })).body.value,
    "secret",
  );
  assert.equal((await server.asAdmin("/api/run/messages/secret", { args: {} })).body.value, "secret");
  assert.deepEqual((await server.post("/api/run/probe/echo", { args: { value: 1 } })).body.value, 1);
});

test("arguments may be one object or a list with it; without a validator anything goes", async () => {
  assert.deepEqual(await server.value("query", "probe:echo", [{ value: 1 }]), 1);
  assert.deepEqual(await server.value("query", "probe:unchecked", { anything: [1] }), { anything: [1] });
  assert.equal(await server.value("query", "probe:nothing"), null);
});

test("queries and mutations see a frozen clock and the deployment's environment", async () => {
  const key = { authorization: `Convex ${server.ready.adminKey}` };
  await server.post(
    "/api/update_environment_variables",
    { changes: [{ name: "GREETING", value: "hello" }] },
    key,
  );
  const seen = await server.value("query", "probe:environment");
  assert.equal(seen.frozen, true);
  assert.equal(seen.variable, "hello");
  await server.post("/_local/env", { changes: [{ name: "GREETING", value: null }] }, key);
  assert.equal((await server.value("query", "probe:environment")).variable, null);
  for (const [what, name] of [
    ["fetch", "fetch\\(\\)"],
    ["timer", "setTimeout"],
  ]) {
    assert.match(
      await server.error("query", "probe:forbidden", { what }),
      new RegExp(`Can't use ${name} in queries and mutations`),
    );
  }
});

test("queries cannot write, and features of later stages say so", async () => {
  assert.match(await server.error("query", "probe:writeFromQuery"), /Queries cannot write/);
  assert.match(
    await server.error("mutation", "probe:auditLog"),
    /The audit log is not supported by the local deployment yet/,
  );
});

test("console output comes as log lines and goes to standard error", async () => {
  const reply = await server.call("query", "probe:log");
  assert.deepEqual(reply.logLines, ["[LOG] 'hello' 1 { a: [ 1n ] }", "[ERROR] 'oops'"]);
  await server.prints(/\[probe:log\] \[LOG\] 'hello' 1/);
});

test("too many log lines end with a line that says so", async () => {
  const { logLines } = await server.call("query", "probe:logMany", { count: 255 });
  assert.deepEqual([logLines.length, logLines.at(-1)], [255, "[LOG] 254"]);
  const { logLines: cut } = await server.call("query", "probe:logMany", { count: 300 });
  assert.equal(cut.length, 256);
  assert.equal(cut.at(-1), "[ERROR] Log overflow (maximum 256). Remaining log lines omitted.");
});

test("the admin may act as a user; nobody else has an identity", async () => {
  const user = { issuer: "https://x.dev", subject: "u1", email: "a@b.c" };
  const authorization = `Convex ${server.ready.adminKey}:${Buffer.from(JSON.stringify(user)).toString("base64")}`;
  const { body } = await server.post("/api/query", { path: "probe:whoAmI", args: {} }, { authorization });
  assert.deepEqual(body.value, { ...user, tokenIdentifier: "https://x.dev|u1" });
  assert.equal((await server.asAdmin("/api/query", { path: "probe:whoAmI", args: {} })).body.value, null);
  assert.equal(await server.value("query", "probe:whoAmI"), null);
});

test("vector search finds the nearest, filters, and follows writes", async () => {
  await server.asAdmin("/_local/reset");
  const add = (name: string, kind: string, embedding: unknown[]) =>
    server.value("mutation", "probe:addPoint", { name, kind, embedding });
  const x = await add("x", "axis", [2, 0, 0]);
  // Zeros have signs, and those that are negative a spelling of their own.
  const y = await add("y", "axis", [convexToJson(-0), 3, 0]);
  const xy = await add("xy", "plane", [1, 1, 0]);
  await add("short", "axis", [1]);
  const nearest = async (args: object) =>
    (await server.value("action", "probe:nearest", args)).map((hit: Reply) => hit._id);
  assert.deepEqual(await nearest({ vector: [1, 0, 0] }), [x, xy, y]);
  assert.deepEqual(await nearest({ vector: [1, 0, 0], limit: 1 }), [x]);
  assert.deepEqual(await nearest({ vector: [1, 0, 0], kinds: ["plane", "none"] }), [xy]);
  const [best] = await server.value("action", "probe:nearest", { vector: [5, 0, 0] });
  assert.ok(Math.abs(best._score - 1) < 1e-6);
  await server.value("mutation", "probe:removePoint", { id: x });
  assert.deepEqual(await nearest({ vector: [1, 0, 0] }), [xy, y]);
  const z = await add("z", "axis", [1, 0, 0.01]);
  assert.deepEqual(await nearest({ vector: [1, 0, 0], limit: 2 }), [z, xy]);
  assert.match(await server.error("action", "probe:nearest", { vector: [1] }), /has 3 dimensions/);
  assert.match(
    await server.error("action", "probe:nearest", { vector: [1, 0, 0], limit: 257 }),
    /limit between 1 and 256/,
  );
});

test("a timestamp gives a snapshot that later writes do not change", async () => {
  await server.value("mutation", "messages:send", { channel: "snap", body: "1" });
  const { ts } = (await server.post("/api/query_ts", "")).body;
  await server.value("mutation", "messages:send", { channel: "snap", body: "2" });
  const at = async (stamp: string) =>
    server.post("/api/query_at_ts", { path: "messages:list", args: { channel: "snap" }, ts: stamp });
  assert.equal((await at(ts)).body.value.length, 1);
  assert.equal((await at(ts)).body.value.length, 1);
  assert.equal((await server.value("query", "messages:list", { channel: "snap" })).length, 2);
  const expired = await at(stamp(unstamp(ts) - 1n));
  assert.deepEqual([expired.status, expired.body.code], [503, "InternalServerError"]);
  assert.equal((await at(stamp(2n ** 63n))).status, 500);
  assert.equal((await at("x")).status, 500);
  function unstamp(text: string): bigint {
    return Buffer.from(text, "base64").readBigUInt64LE();
  }
  function stamp(value: bigint): string {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    return bytes.toString("base64");
  }
});

test("a batch answers each query, failures included", async () => {
  const { body } = await server.post("/api/query_batch", {
    queries: [
      { path: "probe:echo", args: { value: 1 } },
      {
        path: "messages:fail",
        args: { data: { a: { $integer: "BwAAAAAAAAA=" } } },
        format: "convex_encoded_json",
      },
      { path: "probe:missing", args: {} },
    ],
  });
  assert.deepEqual(
    body.results.map((result: Reply) => result.status),
    ["success", "error", "error"],
  );
  assert.deepEqual(body.results[1].errorData, { a: { $integer: "BwAAAAAAAAA=" } });
});

test("an endless loop ends that call alone; what it wrote is undone", async () => {
  await server.asAdmin("/_local/reset");
  const slow = server.error("mutation", "probe:spinAfterWrite");
  const waiting = server.value("mutation", "messages:send", { channel: "waiting", body: "x" });
  assert.match(await slow, /Server Error\nFunction execution timed out \(maximum duration: 1s\)\n$/);
  assert.equal(typeof (await waiting), "string");
  assert.equal((await server.value("query", "messages:list", { channel: "waiting" })).length, 1);
  assert.deepEqual(await server.value("query", "probe:notes"), []);
});

test("a function that eats all memory ends alone", async () => {
  assert.match(await server.error("query", "probe:devour"), /ran out of memory|timed out/);
  assert.equal(await server.value("query", "probe:echo", { value: 1 }), 1);
});

test("what a function leaves running can neither write later nor harm others", async () => {
  await server.value("mutation", "probe:forgetful");
  assert.equal(await server.value("query", "probe:echo", { value: 1 }), 1);
  assert.deepEqual(await server.value("query", "probe:notes"), []);
  assert.equal(await server.value("action", "probe:slip"), "still here");
});

test("actions reach the network", async () => {
  const seen = await server.value("action", "probe:visit", { url: `${server.ready.url}/instance_name` });
  assert.deepEqual([seen.status, seen.text], [200, "local"]);
  assert.equal(seen.digest.$bytes, "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=");
});

test("an action that never pauses ends when its time is over, alone", async () => {
  assert.match(
    await server.error("action", "probe:spinAction"),
    /Server Error\nFunction execution timed out \(maximum duration: 2s\)/,
  );
  assert.equal(await server.value("action", "probe:slip"), "still here");
});

test("tables come into being with their first document, under valid names only", async () => {
  await server.value("mutation", "probe:intoTable", { table: "undeclared" });
  const { body } = await server.asAdmin("/api/query", {
    path: "_system/cli/tableSize",
    args: { tableName: "undeclared" },
  });
  assert.equal(body.value, 1);
  for (const table of ["not a table", "x;DROP TABLE meta", "_storage"]) {
    assert.match(
      await server.error("mutation", "probe:intoTable", { table }),
      /not a valid table name|read-only/,
    );
  }
});

test("limits end a function with the server's text", async () => {
  await server.value("mutation", "probe:storeMany", { count: 16_000 });
  assert.match(
    await server.error("mutation", "probe:storeMany", { count: 16_001 }),
    /Too many writes in a single function execution \(limit: 16000\)/,
  );
  await server.value("mutation", "probe:storeMany", { count: 16_000 });
  assert.equal(await server.value("query", "probe:readAll"), 32_000);
  await server.value("mutation", "probe:storeMany", { count: 1 });
  assert.match(
    await server.error("query", "probe:readAll"),
    /Too many documents read in a single function execution \(limit: 32000\)/,
  );
  assert.match(
    await server.error("mutation", "probe:store", { value: "x".repeat(1 << 20) }),
    /Value is too large \(1 MiB > maximum size 1 MiB\)/,
  );
});

test("system queries describe the project to its admin only", async () => {
  const ask = async (path: string, args: object = {}) =>
    (await server.asAdmin("/api/query", { path, args, format: "convex_encoded_json" })).body.value;
  const spec = await ask("_system/cli/modules:apiSpec");
  assert.deepEqual(
    spec.find((entry: Reply) => entry.identifier === "messages.js:secret"),
    {
      args: { type: "object", value: {} },
      functionType: "Query",
      identifier: "messages.js:secret",
      returns: null,
      visibility: { kind: "internal" },
    },
  );
  assert.equal(await ask("_system/cli/convexUrl:cloudUrl"), server.ready.url);
  assert.equal(await ask("_system/cli/convexUrl:siteUrl"), server.ready.siteUrl);
  const schema = JSON.parse((await ask("_system/frontend/getSchemas")).active);
  assert.deepEqual(
    schema.tables.map((table: Reply) => table.tableName),
    ["messages", "notes", "points"],
  );
  const tables = await ask("_system/cli/tables", { paginationOpts: { numItems: 100, cursor: null } });
  assert.deepEqual(
    tables.page.map((table: Reply) => table.name),
    ["messages", "notes", "points", "undeclared"],
  );
  assert.equal(await ask("_system/cli/tableSize", { tableName: "messages" }), 1);
  const data = await ask("_system/cli/tableData", {
    table: "messages",
    order: "desc",
    paginationOpts: { numItems: 5, cursor: null },
  });
  assert.equal(data.page.length, 1);
  assert.match(await server.error("query", "_system/cli/modules:apiSpec"), /Could not find public function/);
});

test("closing standard input ends the server", async () => {
  assert.equal(await server.stop(), 0);
});
