// The sync protocol as clients depend on it, message by message.
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { before, test } from "node:test";
import { APP, type Reply, Scratch, Server } from "./server.ts";
import { Socket, spellTs, START, tsOf } from "./socket.ts";

let server: Server;
const channel = () => randomUUID();

async function answer(socket: Socket): Promise<Reply> {
  for (;;) {
    const message = await socket.next();
    if (message.type === "MutationResponse") return message;
  }
}

before(async () => (server = await Server.start(APP)));

test("the first transition leads from zero to the query set asked for", async () => {
  const socket = await Socket.connect(server);
  socket.add(7, "probe:echo", { value: { n: { $integer: "AQAAAAAAAAA=" }, x: 1 } });
  const message = await socket.next();
  assert.deepEqual(message.startVersion, START);
  assert.deepEqual([message.endVersion.querySet, message.endVersion.identity], [1, 0]);
  const [change] = message.modifications;
  assert.deepEqual(change, {
    type: "QueryUpdated",
    queryId: 7,
    value: { n: { $integer: "AQAAAAAAAAA=" }, x: 1 },
    logLines: [],
    journal: null,
  });
  socket.close();
});

test("only results that changed are sent, and a transition follows every request", async () => {
  const socket = await Socket.connect(server);
  const [a, b] = [channel(), channel()];
  socket.add(0, "messages:list", { channel: a });
  assert.deepEqual((await socket.transition())[0].value, []);
  socket.add(1, "messages:list", { channel: b });
  assert.deepEqual(Object.keys(await socket.transition()), ["1"]);
  socket.mutate(0, "messages:send", { channel: a, body: "hi" });
  assert.equal((await socket.next()).type, "MutationResponse");
  const changes = await socket.transition();
  assert.deepEqual(Object.keys(changes), ["0"]);
  assert.equal(changes[0].value[0].body, "hi");
  socket.mutate(1, "messages:send", { channel: channel(), body: "elsewhere" });
  await socket.next();
  assert.deepEqual(await socket.transition(), {});
  socket.modify([]);
  assert.deepEqual(await socket.transition(), {});
  assert.equal(socket.version.querySet, 3);
  socket.close();
});

test("a removed query is confirmed and no longer sent", async () => {
  const socket = await Socket.connect(server);
  const name = channel();
  socket.add(0, "messages:list", { channel: name });
  await socket.transition();
  socket.modify([{ type: "Remove", queryId: 0 }]);
  assert.deepEqual(await socket.transition(), { 0: { type: "QueryRemoved", queryId: 0 } });
  await server.value("mutation", "messages:send", { channel: name, body: "hi" });
  socket.modify([]);
  assert.deepEqual(await socket.transition(), {});
  socket.close();
});

test("failures stay with their query, a ConvexError's data included", async () => {
  const socket = await Socket.connect(server);
  socket.add(0, "messages:fail", { data: null });
  const failed = (await socket.transition())[0];
  assert.equal(failed.type, "QueryFailed");
  assert.equal(failed.errorData, null);
  assert.match(
    failed.errorMessage,
    /^\[Request ID: [0-9a-f]{16}\] Server Error\nUncaught ConvexError: null\n/,
  );
  socket.add(1, "no:such");
  const unknown = (await socket.transition())[1];
  assert.match(unknown.errorMessage, /Could not find public function for 'no:such'/);
  assert.ok(!("errorData" in unknown));
  socket.add(2, "probe:echo", { value: { $integer: "short" } });
  assert.match((await socket.transition())[2].errorMessage, /Invalid arguments for probe\.js:echo/);
  socket.add(3, "messages:send", { channel: "c", body: "b" });
  assert.match((await socket.transition())[3].errorMessage, /as Query, but it is defined as Mutation/);
  socket.close();
});

test("all results of a transition hold at one time, whatever is written meanwhile", async () => {
  const [from, to] = [channel(), channel()];
  await server.value("mutation", "live:open", { names: [from, to], amount: 100 });
  const socket = await Socket.connect(server);
  socket.modify(
    [from, to].map((name, queryId) => ({ type: "Add", queryId, udfPath: "live:balance", args: [{ name }] })),
  );
  const writers = [0, 1, 2].map(async () => {
    for (let i = 0; i < 30; i++) await server.value("mutation", "live:transfer", { from, to, amount: 1 });
  });
  const balances = [0, 0];
  let transitions = 0;
  while (balances[0] !== 10) {
    const changes = await socket.transition();
    for (const [queryId, { value }] of Object.entries(changes)) balances[Number(queryId)] = value;
    assert.equal(balances[0]! + balances[1]!, 200);
    transitions++;
  }
  await Promise.all(writers);
  assert.ok(transitions > 3, `${transitions} transitions`);
  socket.close();
});

test("a mutation's response comes before the transition that shows its effect", async () => {
  const socket = await Socket.connect(server);
  const name = channel();
  socket.add(0, "messages:list", { channel: name });
  await socket.transition();
  for (let i = 0; i < 20; i++) {
    socket.mutate(i, "messages:send", { channel: name, body: `${i}` });
    const response = await socket.next();
    assert.deepEqual([response.type, response.requestId, response.success], ["MutationResponse", i, true]);
    assert.ok(tsOf(response.ts) > tsOf(socket.version.ts));
    const { value } = (await socket.transition())[0];
    assert.equal(value.length, i + 1);
    assert.ok(tsOf(socket.version.ts) >= tsOf(response.ts));
  }
  socket.close();
});

test("the mutations of a socket run one after the other in the order sent, failures among them", async () => {
  const socket = await Socket.connect(server);
  const [from, to] = [channel(), channel()];
  socket.mutate(0, "live:open", { names: [from, to], amount: 3 });
  for (let i = 1; i <= 5; i++) socket.mutate(i, "live:transfer", { from, to, amount: 1 });
  const responses: Reply[] = [];
  while (responses.length < 6) responses.push(await answer(socket));
  assert.deepEqual(
    responses.map(({ requestId, success, result }) => [requestId, success, success ? result : null]),
    [
      [0, true, null],
      [1, true, 2],
      [2, true, 1],
      [3, true, 0],
      [4, false, null],
      [5, false, null],
    ],
  );
  assert.match(responses[4].result, /Uncaught Error: not enough/);
  assert.equal(responses[4].ts, null);
  socket.close();
});

test("a mutation that takes its time keeps those behind it on its socket waiting, and no other's", async () => {
  const slow = await Server.start(APP, "--allow-faults");
  const [socket, other] = [await Socket.connect(slow), await Socket.connect(slow)];
  const [from, to] = [channel(), channel()];
  const late = { kind: "call", path: "live:open", times: 1, delayMs: 300, instead: null, runs: true };
  assert.equal((await slow.asAdmin("/_local/faults", late)).status, 200);
  socket.mutate(0, "live:open", { names: [from, to], amount: 1 });
  socket.mutate(1, "live:transfer", { from, to, amount: 1 });
  other.mutate(0, "live:transfer", { from, to, amount: 1 });
  const [early, opened, moved] = [await answer(other), await answer(socket), await answer(socket)];
  assert.equal(early.success, false);
  assert.deepEqual([opened, moved].map(({ requestId, success }) => [requestId, success]), [[0, true], [1, true]]);
  await slow.stop();
});

test("a mutation sent again by its session is answered again and not run again", async () => {
  const session = randomUUID();
  const name = channel();
  const send = async (sessionId: string, requestId: number) => {
    const socket = await Socket.connect(server, sessionId);
    socket.mutate(requestId, "messages:send", { channel: name, body: "once" });
    const response = await socket.next();
    socket.terminate();
    return response;
  };
  const first = await send(session, 4);
  assert.deepEqual(await send(session, 4), first);
  assert.equal((await server.value("query", "messages:list", { channel: name })).length, 1);
  assert.notEqual((await send(session, 5)).result, first.result);
  assert.notEqual((await send(randomUUID(), 4)).result, first.result);
});

test("a failed mutation is no success to remember: sent again, it runs again", async () => {
  const session = randomUUID();
  const [from, to] = [channel(), channel()];
  const transfer = async () => {
    const socket = await Socket.connect(server, session);
    socket.mutate(0, "live:transfer", { from, to, amount: 1 });
    const response = await socket.next();
    socket.terminate();
    return response;
  };
  const refused = await transfer();
  const requestId = createHash("sha256").update(`${session}|0`).digest("hex").slice(0, 16);
  assert.ok(refused.result.startsWith(`[Request ID: ${requestId}] Server Error\n`));
  await server.value("mutation", "live:open", { names: [from, to], amount: 3 });
  assert.deepEqual((await transfer()).result, 2);
  assert.deepEqual((await transfer()).result, 2);
});

test("without Connect there is no session, and nothing to remember", async () => {
  const name = channel();
  const socket = await Socket.open(server);
  for (const _ of [1, 2]) socket.mutate(0, "messages:send", { channel: name, body: "twice" });
  while ((await server.value("query", "messages:list", { channel: name })).length < 2) await socket.next();
  socket.close();
});

test("actions run at the same time as each other and are answered by their ids", async () => {
  const socket = await Socket.connect(server);
  const name = channel();
  socket.send({
    type: "Action",
    requestId: 0,
    udfPath: "messages:fromAction",
    args: [{ channel: name, fail: false }],
  });
  socket.send({
    type: "Action",
    requestId: 1,
    udfPath: "messages:fromAction",
    args: [{ channel: name, fail: true }],
  });
  const answers: Record<number, Reply> = {};
  while (Object.keys(answers).length < 2) {
    const message = await socket.next();
    if (message.type === "ActionResponse") answers[message.requestId] = message;
  }
  assert.equal(answers[0].result.now, true);
  assert.deepEqual(answers[0].logLines.length, 1);
  assert.ok(!("ts" in answers[0]));
  assert.deepEqual(answers[1].errorData, { code: { $integer: "BwAAAAAAAAA=" } });
  socket.close();
});

test("an identity change re-runs the queries, and its transition raises the identity version", async () => {
  const socket = await Socket.connect(server);
  socket.add(0, "probe:whoAmI");
  assert.equal((await socket.transition())[0].value, null);
  const admin = { type: "Authenticate", tokenType: "Admin", value: server.ready.adminKey };
  socket.send({ ...admin, baseVersion: 0, impersonating: { issuer: "https://x.dev", subject: "u1" } });
  assert.equal((await socket.transition())[0].value.tokenIdentifier, "https://x.dev|u1");
  assert.equal(socket.version.identity, 1);
  socket.send({ ...admin, baseVersion: 1 });
  assert.equal((await socket.transition())[0].value, null);
  socket.add(1, "messages:secret");
  assert.equal((await socket.transition())[1].value, "secret");
  socket.send({ type: "Authenticate", baseVersion: 2, tokenType: "None" });
  assert.match((await socket.transition())[1].errorMessage, /Could not find public function/);
  socket.close();
});

test("a refused identity is an AuthError, after which the server closes", async () => {
  const refused = async (credentials: object) => {
    const socket = await Socket.connect(server);
    socket.send({ type: "Authenticate", baseVersion: 0, ...credentials });
    const message = await socket.next();
    assert.equal((await socket.closed()).code, 1005);
    const { type, baseVersion, authUpdateAttempted } = message;
    assert.deepEqual([type, baseVersion, authUpdateAttempted], ["AuthError", 0, true]);
    return message.error;
  };
  assert.match(await refused({ tokenType: "User", value: "e30.e30.x" }), /not a signed JSON Web Token/);
  assert.match(await refused({ tokenType: "Admin", value: "local|wrong" }), /admin key was invalid/);
});

test("what no client should send ends the connection with FatalError", async () => {
  const connect = { type: "Connect", sessionId: randomUUID(), connectionCount: 0, lastCloseReason: null };
  const add = { type: "Add", queryId: 0, udfPath: "a:b", args: [{}] };
  const modify = { type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications: [] };
  const wrong: (string | object)[] = [
    "{",
    "[]",
    { type: "Unknown" },
    { ...connect, sessionId: "not a UUID" },
    { ...connect, maxObservedTimestamp: "AAAA" },
    { ...modify, baseVersion: -1 },
    { ...modify, newVersion: 1.5 },
    { ...modify, modifications: null },
    { ...modify, modifications: [{ ...add, udfPath: "bad-name:b" }] },
    { ...modify, modifications: [{ ...add, args: {} }] },
    { type: "Mutation", requestId: 2 ** 32, udfPath: "a:b", args: [] },
    { type: "Authenticate", baseVersion: 0, tokenType: "Other" },
    '{"type":"Mutation","requestId":0,"udfPath":"a:b","args":["\\ud800"]}',
  ];
  for (const message of wrong) {
    const socket = await Socket.open(server);
    socket.send(message);
    assert.match(await socket.fatal(), /^Received Invalid JSON on websocket: /, JSON.stringify(message));
  }
  const socket = await Socket.connect(server);
  socket.send({ ...modify, baseVersion: 3, newVersion: 4 });
  assert.match(await socket.fatal(), /Base version 3 passed up doesn't match the current version 0/);
});

test("other breaches of the protocol close with 1011", async () => {
  const add = (queryId: number) => ({ type: "Add", queryId, udfPath: "probe:nothing", args: [{}] });
  const now = BigInt(Date.now() + 3_600_000) * 1_000_000n;
  const breaches: ((socket: Socket) => void)[] = [
    (socket) => socket.send(Buffer.from("{}")),
    (socket) => socket.send({ type: "Authenticate", baseVersion: 1, tokenType: "None" }),
    (socket) => socket.modify([add(1), add(1)]),
    (socket) => socket.modify([{ type: "Remove", queryId: 1 }]),
    (socket) => socket.send({ type: "ModifyQuerySet", baseVersion: 0, newVersion: 0, modifications: [] }),
    (socket) =>
      socket.send({
        type: "Connect",
        sessionId: randomUUID(),
        connectionCount: 1,
        maxObservedTimestamp: spellTs(now),
      }),
    (socket) =>
      socket.send({ type: "Mutation", requestId: 0, udfPath: "a:b", args: [{}], componentPath: "waitlist" }),
  ];
  for (const [number, breach] of breaches.entries()) {
    const socket = await Socket.open(server);
    breach(socket);
    assert.deepEqual(
      await socket.closed(),
      { code: 1011, reason: "InternalServerError" },
      `breach ${number}`,
    );
  }
});

test("a thousand mutations may wait, not more", async () => {
  const socket = await Socket.connect(server);
  for (let i = 0; i < 1500; i++) socket.mutate(i, "probe:storeMany", { count: 0 });
  assert.deepEqual(await socket.closed(), { code: 1013, reason: "TooManyConcurrentMutations" });
});

test("messages above the limit are refused, and the server goes on", async () => {
  const socket = await Socket.connect(server);
  socket.send(`{"type":"Event","event":"${"x".repeat(65 << 20)}"}`);
  assert.equal((await socket.closed()).code, 1009);
  assert.equal(await server.value("query", "probe:nothing"), null);
});

test("after a reconnect time does not run backwards", async () => {
  const session = randomUUID();
  const name = channel();
  const first = await Socket.connect(server, session);
  first.mutate(0, "messages:send", { channel: name, body: "seen" });
  const { ts } = await first.next();
  first.terminate();
  const second = await Socket.connect(server, session, { connectionCount: 1, maxObservedTimestamp: ts });
  second.add(0, "messages:list", { channel: name });
  assert.equal((await second.transition())[0].value.length, 1);
  assert.ok(tsOf(second.version.ts) >= tsOf(ts));
  second.close();
});

test("upgrades are refused for other paths, other origins and clients that are not served", async () => {
  assert.deepEqual(await Socket.refusal(server, "/api/other"), [404, "NotFound"]);
  assert.deepEqual(await Socket.refusal(server, "/api/1.x/sync"), [400, "InvalidClientVersion"]);
  assert.deepEqual(await Socket.refusal(server, "/api/0.19.1/sync"), [400, "ClientVersionUnsupported"]);
  const foreign = { origin: "https://evil.example" };
  assert.deepEqual(await Socket.refusal(server, "/api/sync", foreign), [403, "ForbiddenOrigin"]);
  assert.deepEqual(await Socket.refusal(server, "/api/sync", { host: "evil.example" }), [
    403,
    "ForbiddenHost",
  ]);
  (await Socket.open(server, "/api/sync", { origin: "http://localhost:5173" })).close();
});

test("large transitions come in chunks to clients that can join them, whole to others", async () => {
  const value = "€😀".repeat(1_000_000);
  const open = async (path: string) => {
    const socket = await Socket.open(server, path);
    socket.add(0, "probe:echo", { value });
    return socket;
  };
  const whole = await open("/api/1.27.0/sync");
  assert.equal((await whole.transition())[0].value, value);
  whole.close();
  const chunked = await open("/api/1.28.0/sync");
  const parts: Reply[] = [];
  do parts.push(await chunked.next());
  while (parts.length < parts[0].totalParts);
  assert.deepEqual(
    parts.map(({ type, partNumber }) => [type, partNumber]),
    [
      ["TransitionChunk", 0],
      ["TransitionChunk", 1],
    ],
  );
  const text = parts.map(({ chunk }) => chunk).join("");
  assert.ok(parts.every(({ transitionId }) => transitionId === String(Buffer.byteLength(text))));
  assert.equal(JSON.parse(text).modifications[0].value, value);
  chunked.close();
});

test("without the package ws the start fails and says what to do", async () => {
  const scratch = new Scratch({});
  // Of npm convex's own dependencies only the bundler is there.
  scratch.install(["convex", "esbuild", "@esbuild"]);
  const { ready } = await Server.start(scratch.project);
  assert.deepEqual([ready.ready, ready.code], [false, "NoConvexPackage"]);
  assert.match(
    ready.message,
    /^ws, which npm "convex" 1\.42 and newer bring, could not be loaded with your convex 1\..*: run `npm install convex@latest`/,
  );
  scratch.remove();
});

test("the server says that it is going away", async () => {
  const socket = await Socket.connect(server);
  socket.add(0, "probe:nothing");
  await socket.transition();
  assert.equal(await server.stop(), 0);
  assert.equal((await socket.closed()).code, 1001);
});
