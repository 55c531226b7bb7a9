import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { before, test } from "node:test";
import { APP, type Reply, Server } from "./server.ts";

let server: Server;

before(async () => {
  server = await Server.start(APP);
});

/** `fetch` does not let a test choose the Host header. */
function getWithHost(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(`${server.ready.url}/version`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    call.on("error", reject).end();
  });
}

const ECHO = { path: "probe:echo", args: { value: 1 } };

test("only requests to this machine by its own names are answered", async () => {
  const { port } = new URL(server.ready.url);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, "localhost"])
    assert.equal(await getWithHost(host), 200, host);
  for (const host of [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1.evil.example",
    "localhost.evil.example",
  ]) {
    assert.equal(await getWithHost(host), 403, host);
  }
});

test("pages of other sites are refused, those of this machine get CORS headers", async () => {
  assert.equal((await server.post("/api/query", ECHO, { origin: "https://evil.example" })).status, 403);
  assert.equal((await server.post("/api/query", ECHO, { origin: "null" })).status, 403);
  const origin = "http://localhost:5173";
  const preflight = await fetch(`${server.ready.url}/api/query`, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-headers": "content-type" },
  });
  assert.equal(preflight.status, 200);
  assert.equal(preflight.headers.get("access-control-allow-origin"), origin);
  assert.equal((await server.post("/api/query", ECHO, { origin })).body.value, 1);
});

test("a body above the limit, without JSON or of another type is BadJsonBody", async () => {
  const large = JSON.stringify({
    path: "probe:echo",
    args: { value: "x".repeat(2 ** 24) },
    padding: "x".repeat(2000),
  });
  const bodies: [string, Record<string, string>][] = [
    [large, {}],
    ["{", {}],
    ["[]", {}],
    ['{"path":"probe:echo"}', {}],
    ['{"path":"probe:echo","args":{"value":1e400}}', {}],
    ['{"path":"probe:echo","args":{"value":"\\ud800"}}', {}],
    [JSON.stringify(ECHO), { "content-type": "text/plain" }],
    [JSON.stringify(ECHO), { "content-type": "text/json" }],
  ];
  for (const [body, headers] of bodies) {
    const reply = await server.post("/api/query", body, headers);
    assert.deepEqual([reply.status, reply.body.code], [400, "BadJsonBody"], body.slice(0, 60));
  }
  const just = { path: "probe:echo", args: { value: "x".repeat(2 ** 24 - 1000) } };
  assert.equal((await server.post("/api/query", just)).body.value.length, 2 ** 24 - 1000);
});

test("malformed calls are told apart", async () => {
  const code = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const reply = await server.post(path, body, headers);
    return `${reply.status} ${reply.body.code}`;
  };
  assert.equal(await code("/api/query", { path: "a-b:c", args: {} }), "400 BadConvexFunctionIdentifier");
  assert.equal(await code("/api/query", { path: "../x:y", args: {} }), "400 BadConvexFunctionIdentifier");
  assert.equal(await code("/api/query", { ...ECHO, format: "xml" }), "400 BadFormat");
  assert.equal(await code("/api/run/probe", { args: {} }), "400 MissingIdentifier");
  assert.equal(await code("/api/query", ECHO, { "convex-client": "nohyphen" }), "400 InvalidClientVersion");
  assert.equal(
    await code("/api/query", ECHO, { "convex-client": "python-1.0.0a1" }),
    "400 ClientVersionUnsupported",
  );
  assert.equal(
    await code("/api/query", ECHO, { "convex-client": "npm-0.19.1" }),
    "400 ClientVersionUnsupported",
  );
  assert.equal(await code("/nowhere", {}), "404 NotFound");
  assert.equal((await server.get("/api/query?path=probe:echo")).status, 400);
});

test("HEAD is answered as GET is, without a body", async () => {
  const head = async (path: string) => {
    const response = await fetch(server.ready.url + path, { method: "HEAD" });
    return [response.status, response.headers.get("content-length"), await response.text()];
  };
  assert.deepEqual(await head("/version"), [200, "15", ""]);
  assert.equal((await head("/nowhere"))[0], 404);
});

test("a call into a component is refused, not run elsewhere", async () => {
  const reply = async (componentPath: unknown) =>
    (await server.asAdmin("/api/function", { ...ECHO, componentPath })).body;
  assert.match((await reply("waitlist")).errorMessage, /Components are not supported/);
  assert.equal((await reply(7)).code, "BadJsonBody");
  for (const root of ["", null]) assert.equal((await reply(root)).value, 1);
});

test("a mutation has committed although its format is refused", async () => {
  const call = { path: "probe:store", args: { value: "kept" }, format: "xml" };
  assert.equal((await server.post("/api/mutation", call)).body.code, "BadFormat");
  assert.deepEqual(await server.value("query", "probe:notes"), ["kept"]);
});

test("the format follows the request, then the client", async () => {
  const args = { value: { $integer: "BQAAAAAAAAA=" } };
  const result = async (more: object, headers: Record<string, string> = {}) =>
    (await server.post("/api/query", { path: "probe:echo", args, ...more }, headers)).body.value;
  assert.equal(await result({}), "5");
  assert.equal(await result({ format: "export_json" }), 5);
  assert.deepEqual(await result({ format: "convex_json" }), args.value);
  assert.deepEqual(await result({}, { "convex-client": "npm-1.4.0" }), args.value);
  assert.equal(await result({}, { "convex-client": "npm-1.48.0" }), "5");
  assert.equal(await result({}, { "convex-client": "aioconvex-0.1.0" }), "5");
});

test("floats are written with a fraction in results", async () => {
  const response = await fetch(`${server.ready.url}/api/query`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"path":"probe:echo","args":{"value":[1,1e21,-0.0,0.5]},"format":"convex_encoded_json"}',
  });
  assert.equal(
    await response.text(),
    '{"status":"success","value":[1.0,1e21,{"$float":"AAAAAAAAAIA="},0.5]}',
  );
});

test("nothing of the admin's is reachable without the admin key", async () => {
  const paths = [
    "/api/update_environment_variables",
    "/_local/reset",
    "/_local/push",
    "/_local/env",
    "/api/function",
  ];
  const wrong = [
    undefined,
    `Convex local|${"0".repeat(64)}`,
    "Convex local|",
    `Convex ${server.ready.adminKey}x`,
    "Bearer a.b.c",
  ];
  for (const path of paths) {
    for (const authorization of wrong) {
      const reply = await server.post(path, ECHO, authorization === undefined ? {} : { authorization });
      assert.ok(reply.status === 401 || reply.status === 403, `${path} ${reply.status}`);
      assert.ok(!JSON.stringify(reply.body).includes(server.ready.adminKey));
    }
  }
  for (const path of [
    "/_local/status",
    "/api/get_indexes",
    "/api/check_admin_key",
    "/api/list_environment_variables",
  ]) {
    assert.equal((await server.get(path)).status, 403, path);
  }
});

test("the Authorization header is read as the server reads it", async () => {
  const code = async (authorization: string) => {
    const reply = await server.post("/api/query", ECHO, { authorization });
    return reply.status === 200 ? "200" : `${reply.status} ${reply.body.code}`;
  };
  assert.equal(await code("short"), "400 InvalidHeaderFailure");
  assert.equal(await code("Basic abcdefgh"), "400 InvalidAdminKey");
  assert.equal(await code("Bearer a.b.c"), "401 InvalidAuthHeader");
  assert.equal(await code("Convex nonsense"), "401 BadAdminKey");
  assert.equal(await code(`convex ${server.ready.adminKey}`), "200");
  assert.equal(await code(`Convex ${server.ready.adminKey}:???`), "400 HeaderParseFailure");
  assert.equal(
    await code(`Convex ${server.ready.adminKey}:${btoa('{"subject":"u"}')}`),
    "400 HeaderParseFailure",
  );
});

test("endpoints about the deployment", async () => {
  const authorization = `Convex ${server.ready.adminKey}`;
  assert.equal((await server.get("/instance_name")).body, "local");
  assert.equal((await server.get("/version")).status, 200);
  const checked = JSON.parse((await server.get("/api/check_admin_key", { authorization })).body);
  assert.deepEqual(checked, { success: true, allowedOps: [], isReadOnly: false });
  const parameter = `/api/check_admin_key?adminKey=${encodeURIComponent(server.ready.adminKey)}`;
  assert.equal((await server.get(parameter)).status, 200);
  const { indexes } = JSON.parse((await server.get("/api/get_indexes", { authorization })).body);
  assert.deepEqual(
    indexes.find((index: Reply) => index.name === "by_channel_rank"),
    {
      table: "messages",
      name: "by_channel_rank",
      fields: ["channel", "rank"],
      backfill: { state: "done" },
      staged: false,
    },
  );
  const status = JSON.parse((await server.get("/_local/status", { authorization })).body);
  assert.deepEqual(Object.keys(status.tables), ["messages", "notes", "points"]);
  assert.equal(status.functions, server.ready.functions);
  assert.equal((await fetch(server.ready.siteUrl)).status, 404);
});

test("environment variables are limited as Convex's are", async () => {
  const change = async (name: string, value: string | null) =>
    (await server.asAdmin("/api/update_environment_variables", { changes: [{ name, value }] })).status;
  assert.equal(await change("A".repeat(256), "ü".repeat(4096)), 200);
  assert.equal(await change("A".repeat(256), null), 200);
  assert.equal(await change("A".repeat(257), "x"), 400);
  assert.equal(await change("LONG", "ü".repeat(4096) + "x"), 400);
  for (const name of ["_A", "1A", "A-B", "CONVEX_CLOUD_URL"])
    assert.equal(await change(name, "x"), 400, name);
});

test("a request id given by the client appears in its errors", async () => {
  const { body } = await server.post(
    "/api/query",
    { path: "no:such", args: {} },
    { "convex-request-id": "0123456789abcdef" },
  );
  assert.ok(body.errorMessage.startsWith("[Request ID: 0123456789abcdef] Server Error\n"));
});

test("a deployment that is starting says so, and answers nothing wrong", async () => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const starting = Server.start(APP, `--port=${port}`);
  const statuses = new Set<string>();
  while (!statuses.has("200 success")) {
    const call = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(ECHO),
    };
    // Nobody listens yet.
    const response = await fetch(`http://127.0.0.1:${port}/api/query`, call).catch(() => null);
    if (response === null) continue;
    const text = await response.text();
    statuses.add(`${response.status} ${response.status === 200 ? JSON.parse(text).status : text}`);
  }
  const other = await starting;
  await other.stop();
  statuses.delete("503 The deployment is starting.");
  assert.deepEqual([...statuses], ["200 success"]);
});

test("closing standard input ends the server", async () => {
  assert.equal(await server.stop(), 0);
});
