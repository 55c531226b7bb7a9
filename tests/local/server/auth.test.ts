// Signed-in users over HTTP and over the sync socket: who they are, when that ends, what is refused.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Provider } from "./provider.ts";
import { type Reply, Scratch, Server } from "./server.ts";
import { Socket } from "./socket.ts";

const provider = await Provider.start();
const FUNCTIONS = `
import { mutation, query, action } from "./_generated/server";
export const whoAmI = query({ handler: async (ctx) => (await ctx.auth.getUserIdentity())?.subject ?? null });
export const everybody = query({ handler: async (ctx) => (await ctx.db.query("visits").collect()).length });
export const visit = mutation({
  handler: async (ctx) => {
    const user = await ctx.auth.getUserIdentity();
    await ctx.db.insert("visits", { user: user?.subject ?? null });
    return user?.subject ?? null;
  },
});
export const act = action({ handler: async (ctx) => (await ctx.auth.getUserIdentity())?.subject ?? null });
`;
const authConfig = (domain: string) =>
  `export default { providers: [{ domain: ${domain}, applicationID: "app" }] };`;

const scratch = new Scratch({
  "users.ts": FUNCTIONS,
  "auth.config.ts": authConfig(JSON.stringify(provider.url)),
});
const server = await Server.start(scratch.project, "--mint-tokens");

after(async () => {
  await server.stop();
  scratch.remove();
});

async function mint(subject: string, expiresIn = 60, claims: object = {}): Promise<string> {
  const { status, body } = await server.asAdmin("/_local/token", { subject, expiresIn, claims });
  assert.equal(status, 200, JSON.stringify(body));
  return body.token;
}

async function callAs(token: string, kind = "query", path = "users:whoAmI"): Promise<Reply> {
  const headers = { authorization: `Bearer ${token}` };
  const { status, body } = await server.post(`/api/${kind}`, { path, args: {} }, headers);
  return status === 200 ? body.value : `${status} ${body.code}`;
}

function authenticate(socket: Socket, baseVersion: number, value: string): void {
  socket.send({ type: "Authenticate", baseVersion, tokenType: "User", value });
}

test("queries, mutations and actions see the user of the token", async () => {
  for (const token of [await mint("u1"), provider.token("RS256")]) {
    for (const [kind, path] of [
      ["query", "users:whoAmI"],
      ["mutation", "users:visit"],
      ["action", "users:act"],
    ] as const) {
      assert.equal(await callAs(token, kind, path), "u1");
    }
  }
});

test("over HTTP a refused token is a 401 before anything runs", async () => {
  const visits = await server.value("query", "users:everybody");
  const refusals = [
    [await mint("u1", -1), "401 Unauthenticated"],
    [provider.token("RS256", { aud: "other" }), "401 NoAuthProvider"],
    ["a.b.c", "401 InvalidAuthHeader"],
  ] as const;
  for (const [token, code] of refusals) assert.equal(await callAs(token, "mutation", "users:visit"), code);
  assert.equal(await server.value("query", "users:everybody"), visits);
});

test("on a socket what follows Authenticate belongs to the new user, however long the check takes", async () => {
  const socket = await Socket.connect(server);
  socket.mutate(0, "users:visit");
  authenticate(socket, 0, await mint("u1"));
  socket.mutate(1, "users:visit");
  authenticate(socket, 1, await mint("u2"));
  socket.mutate(2, "users:visit");
  socket.send({ type: "Authenticate", baseVersion: 2, tokenType: "None" });
  socket.mutate(3, "users:visit");
  const users: Reply[] = [];
  while (users.length < 4) {
    const message = await socket.next();
    if (message.type === "MutationResponse") users.push(message.result);
  }
  assert.deepEqual(users, [null, "u1", "u2", null]);
  socket.close();
});

test("a provider's delay holds back what follows Authenticate, and nothing else", async () => {
  let respond = () => {};
  const asked = new Promise<void>((resolve) => {
    provider.answer = (path, response) => {
      if (path !== "/keys") return false;
      respond = () => {
        provider.answer = null;
        response.writeHead(200, { "content-type": "application/json" }).end(provider.keyDocument);
      };
      resolve();
      return true;
    };
  });
  // Only new code has the keys fetched again.
  await server.asAdmin("/_local/push");
  const socket = await Socket.connect(server);
  authenticate(socket, 0, provider.token("RS256"));
  socket.mutate(0, "users:visit");
  await asked;
  assert.equal(await server.value("query", "users:whoAmI"), null);
  respond();
  let message = await socket.next();
  while (message.type === "Transition") message = await socket.next();
  assert.equal(message.result, "u1");
  socket.close();
});

test("a refused token on a socket is an AuthError about the attempt, after which the server closes", async () => {
  const socket = await Socket.connect(server);
  authenticate(socket, 0, await mint("u1"));
  await socket.transition();
  authenticate(socket, 1, await mint("u1", -1));
  socket.mutate(0, "users:visit");
  const message = await socket.next();
  const { type, baseVersion, authUpdateAttempted } = message;
  assert.deepEqual([type, baseVersion, authUpdateAttempted], ["AuthError", 1, true]);
  assert.match(message.error, /has expired/);
  assert.equal((await socket.closed()).code, 1005);
});

test("an identity that ends is noticed at the next mutation, action or transition", async () => {
  const activities: ((socket: Socket) => Promise<unknown>)[] = [
    async (socket) => socket.mutate(0, "users:visit"),
    async (socket) => socket.send({ type: "Action", requestId: 0, udfPath: "users:act", args: [{}] }),
    async (socket) => socket.modify([]),
    // The write of somebody else changes a query of this one.
    async () => server.value("mutation", "users:visit"),
  ];
  const sockets = await Promise.all(
    activities.map(async () => {
      const socket = await Socket.connect(server);
      socket.add(0, "users:everybody");
      authenticate(socket, 0, await mint("u1", 1));
      while (socket.version.identity === 0) await socket.transition();
      return socket;
    }),
  );
  const last = await mint("u1", 1);
  while ((await callAs(last)) === "u1");
  for (const [i, act] of activities.entries()) {
    await act(sockets[i]!);
    const { type, error, baseVersion, authUpdateAttempted } = await sockets[i]!.next();
    assert.deepEqual(
      [type, error, baseVersion, authUpdateAttempted],
      ["AuthError", "Convex token identity expired", 1, false],
      `activity ${i}`,
    );
    assert.equal((await sockets[i]!.closed()).code, 1005);
  }
});

test("a fresh token in time keeps the session, and equal results are not sent again", async () => {
  const socket = await Socket.connect(server);
  authenticate(socket, 0, await mint("u1", 60));
  socket.add(0, "users:whoAmI");
  assert.equal((await socket.change(0)).value, "u1");
  authenticate(socket, 1, await mint("u1", 60));
  let changes = {};
  while (socket.version.identity < 2) changes = { ...changes, ...(await socket.transition()) };
  assert.deepEqual(changes, {});
  socket.mutate(0, "users:visit");
  assert.equal((await socket.next()).result, "u1");
  socket.close();
});

test("a provider that cannot be reached ends the connection without calling the token wrong", async () => {
  provider.answer = (_, response) => !!response.writeHead(503).end();
  await server.asAdmin("/_local/push");
  const socket = await Socket.connect(server);
  authenticate(socket, 0, provider.token("RS256"));
  assert.deepEqual(await socket.closed(), { code: 1011, reason: "InternalServerError" });
  assert.equal(await callAs(provider.token("RS256")), "503 AuthProviderDiscoveryFailed");
  provider.answer = null;
  assert.equal(await callAs(provider.token("RS256")), "u1");
});

test("auth.config is read with the deployment's environment, and again with each push", async () => {
  scratch.write({ "auth.config.ts": authConfig("process.env.DOMAIN") });
  const { status, body } = await server.asAdmin("/_local/push");
  assert.deepEqual([status, body.code], [400, "AuthConfigInvalid"]);
  assert.match(body.message, /provider 1: `domain` must be a string; .*`aioconvex dev --env`/);
  assert.equal(await callAs(provider.token("RS256")), "u1");
  const changes = [{ name: "DOMAIN", value: "https://id.example.com" }];
  await server.asAdmin("/api/update_environment_variables", { changes });
  assert.equal((await server.asAdmin("/_local/push")).status, 200);
  assert.equal(await callAs(provider.token("RS256")), "401 NoAuthProvider");
  assert.equal(await callAs(await mint("u1")), "u1");
});

test("tokens are minted for admins only, with the claims that are theirs to set", async () => {
  const body = { subject: "u1", expiresIn: 60, claims: {} };
  assert.equal((await server.post("/_local/token", body)).status, 403);
  for (const wrong of [{ subject: "" }, { expiresIn: "60" }, { claims: [] }, { claims: { exp: 1 } }]) {
    const { status, body: said } = await server.asAdmin("/_local/token", { ...body, ...wrong });
    assert.deepEqual([status, said.code], [400, "BadJsonBody"]);
  }
});

test("nothing is minted, and no minted token accepted, where nobody has asked for it", async () => {
  scratch.write({ "auth.config.ts": authConfig(JSON.stringify(provider.url)) });
  const started = await Server.start(scratch.project);
  const { status, body } = await started.asAdmin("/_local/token", {
    subject: "u",
    expiresIn: 60,
    claims: {},
  });
  assert.deepEqual([status, body.code], [400, "MintingNotEnabled"]);
  const headers = { authorization: `Bearer ${await mint("u1")}` };
  const reply = await started.post("/api/query", { path: "users:whoAmI", args: {} }, headers);
  assert.deepEqual([reply.status, reply.body.code], [401, "NoAuthProvider"]);
  await started.stop();
});
