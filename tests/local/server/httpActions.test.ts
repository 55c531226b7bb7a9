// HTTP actions: routing, requests and responses as they are, users, errors, streams.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Agent, request as send } from "node:http";
import { after, test } from "node:test";
import { type Reply, Scratch, Server } from "./server.ts";

const scratch = new Scratch({
  "notes.ts": `
import { internalMutation, internalQuery } from "./_generated/server";
export const add = internalMutation({ handler: (ctx, { text }) => ctx.db.insert("notes", { text }) });
export const all = internalQuery({ handler: async (ctx) => (await ctx.db.query("notes").collect()).map((n) => n.text) });
export const me = internalQuery({ handler: async (ctx) => (await ctx.auth.getUserIdentity())?.subject ?? null });
`,
  "http.ts": `
import { httpRouter } from "convex/server";
import { ConvexError } from "convex/values";
import { httpAction, env } from "./_generated/server";
import { internal } from "./_generated/api";

const http = httpRouter();
const route = (method, path, handler) => http.route({ method, path, handler: httpAction(handler) });
const prefix = (method, pathPrefix, handler) => http.route({ method, pathPrefix, handler: httpAction(handler) });

route("POST", "/notes", async (ctx, request) => {
  await ctx.runMutation(internal.notes.add, { text: await request.text() });
  return Response.json(await ctx.runQuery(internal.notes.all), { status: 201 });
});
prefix("GET", "/echo/", async (_, request) => {
  const { pathname, search, origin } = new URL(request.url);
  return Response.json({ pathname, search, isSite: origin === env.CONVEX_SITE_URL, x: request.headers.get("x-test") });
});
route("PUT", "/mirror", async (_, request) => new Response(request.body, { headers: { "content-type": "application/x-test" } }));
route("GET", "/cookies", async () => {
  const headers = new Headers({ "x-a": "1" });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2; Path=/");
  return new Response("ok", { headers });
});
route("POST", "/length", async (_, request) => new Response(request.headers.get("content-length")));
route("DELETE", "/empty", async () => new Response(null, { status: 204 }));
route("PATCH", "/patched", async () => new Response("patched"));
route("OPTIONS", "/cors", async () => new Response(null, { status: 204, headers: { "access-control-allow-origin": "https://x.dev" } }));
route("GET", "/cors", async () => new Response("shared", { headers: { "access-control-allow-origin": "https://x.dev" } }));
route("GET", "/me", async (ctx) => {
  const inQuery = await ctx.runQuery(internal.notes.me, {});
  try {
    return Response.json([(await ctx.auth.getUserIdentity())?.subject ?? null, inQuery]);
  } catch (error) {
    return Response.json([error.message, inQuery]);
  }
});
route("GET", "/fail", async () => { console.log("about to fail"); throw new Error("boom"); });
route("GET", "/fail-with-data", async () => { throw new ConvexError({ code: 7n }); });
route("GET", "/no-response", async () => "text");
route("GET", "/error-response", async () => Response.error());
route("GET", "/bad-header", async () => new Response("x", { headers: { "x-bad": "a\\u0001b" } }));
route("GET", "/endless", async () => {
  console.log("begun");
  return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) }));
});
prefix("GET", "//twice/", async (_, request) => new Response(new URL(request.url).pathname));
route("GET", "/slowly", async (ctx) => {
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  const write = async (text) => writer.write(new TextEncoder().encode(text));
  void (async () => {
    await write("first;");
    while (!(await ctx.runQuery(internal.notes.all)).includes("go on"));
    console.log("while streaming");
    await write("second");
    await writer.close();
  })();
  return new Response(readable);
});
route("GET", "/breaks", async () => {
  let sent = false;
  return new Response(new ReadableStream({
    pull(controller) {
      if (sent) throw new Error("broken on purpose");
      sent = true;
      controller.enqueue(new TextEncoder().encode("half"));
    },
  }));
});
route("GET", "/too-much", async () => new Response(new Uint8Array(21 << 20)));
route("GET", "/spin", async () => { for (;;); });
route("GET", "/stored", async (ctx) => {
  const id = await ctx.storage.store(new Blob(["stored"]));
  return new Response(await ctx.storage.get(id));
});
export default http;
`,
});
const server = await Server.start(scratch.project, "--mint-tokens", "--action-ms=2000");
const site: string = server.ready.siteUrl;

after(async () => {
  await server.stop();
  scratch.remove();
});

async function get(path: string, options: RequestInit = {}): Promise<[number, string]> {
  const response = await fetch(site + path, options);
  return [response.status, await response.text()];
}

test("requests reach the routed function with all they have, on the site port and below /http", async () => {
  const expected = { pathname: "/echo/a%20b", search: "?q=1&q=2", isSite: true, x: "t" };
  for (const origin of [site, `${server.ready.url}/http`]) {
    const response = await fetch(`${origin}/echo/a%20b?q=1&q=2`, { headers: { "x-test": "t" } });
    assert.deepEqual(await response.json(), expected);
    assert.equal(response.headers.get("content-type"), "application/json");
  }
});

test("the length of a request is among its headers", async () => {
  assert.deepEqual(await get("/length", { method: "POST", body: "12345" }), [200, "5"]);
});

test("functions run from HTTP actions, each in its own transaction", async () => {
  assert.deepEqual(await get("/notes", { method: "POST", body: "one" }), [201, '["one"]']);
  assert.deepEqual(await get("/notes", { method: "POST", body: "twö" }), [201, '["one","twö"]']);
  assert.deepEqual(await get("/stored"), [200, "stored"]);
});

test("every method; HEAD is served by GET without its body", async () => {
  assert.deepEqual(await get("/empty", { method: "DELETE" }), [204, ""]);
  assert.deepEqual(await get("/patched", { method: "PATCH" }), [200, "patched"]);
  assert.deepEqual(await get("/cookies", { method: "HEAD" }), [200, ""]);
});

test("what is not routed is said in plain text", async () => {
  assert.deepEqual(await get("/nowhere"), [404, "No HttpAction routed for /nowhere"]);
  assert.deepEqual(await get("/notes"), [404, "No HttpAction routed for /notes"]);
  assert.deepEqual(await get("/echo/x", { method: "POST" }), [404, "No HttpAction routed for /echo/x"]);
  const without = new Scratch({ "a.ts": "export const a = 1;" });
  const other = await Server.start(without.project);
  const response = await fetch(`${other.ready.siteUrl}/x`);
  assert.equal(response.status, 404);
  assert.equal(await response.text(), "This Convex deployment does not have HTTP actions enabled.");
  await other.stop();
  without.remove();
});

test("headers that repeat stay apart", async () => {
  const response = await fetch(`${site}/cookies`);
  assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2; Path=/"]);
  assert.equal(response.headers.get("x-a"), "1");
});

test("cross-origin headers are the functions' own, but foreign pages are refused all the same", async () => {
  const from = (origin: string) => ({ headers: { origin } });
  const preflight = await fetch(`${site}/cors`, { method: "OPTIONS", ...from("http://localhost:5173") });
  const origins = [preflight, await fetch(`${site}/cors`, from("http://localhost:5173"))];
  for (const { headers } of origins)
    assert.equal(headers.get("access-control-allow-origin"), "https://x.dev");
  assert.equal((await get("/cors", from("https://evil.example")))[0], 403);
});

test("the user is the token's; a refused token fails only who asks for the user", async () => {
  const body = { subject: "u1", expiresIn: 60, claims: {} };
  const { token } = (await server.asAdmin("/_local/token", body)).body;
  const me = async (authorization?: string) =>
    JSON.parse((await get("/me", authorization ? { headers: { authorization } } : {}))[1]);
  assert.deepEqual(await me(), [null, null]);
  assert.deepEqual(await me(`Bearer ${token}`), ["u1", "u1"]);
  assert.match((await me(`Bearer ${token.slice(0, -6)}`))[0], /Could not verify the token/);
  assert.match((await me("Basic dTpw"))[0], /must use the scheme/);
});

test("an error is a 500 that names the request", async () => {
  const [status, text] = await get("/fail");
  assert.equal(status, 500);
  const { code, trace, ...rest } = JSON.parse(text);
  assert.match(code, /^\[Request ID: [0-9a-f]{16}\] Server Error: Uncaught Error: boom$/);
  assert.match(trace, /convex\/http\.ts:\d+:\d+/);
  assert.deepEqual(rest, {});
  const failed = JSON.parse((await get("/fail-with-data"))[1]);
  assert.deepEqual(failed.data, { code: { $integer: "BwAAAAAAAAA=" } });
  assert.match(JSON.parse((await get("/no-response"))[1]).code, /must return a Response/);
  await server.prints(/\[GET \/fail\] \[LOG\] 'about to fail'/);
  await server.prints(/\[GET \/fail\] Uncaught Error: boom/);
});

test("a response that HTTP cannot carry is an error, not a client that waits", async () => {
  const [status, text] = await get("/error-response");
  assert.equal(status, 500);
  assert.match(JSON.parse(text).code, /must return a Response/);
  assert.equal((await get("/bad-header"))[0], 500);
});

test("logs are kept when nobody reads to the end, and that is no error", async () => {
  assert.deepEqual(await get("/endless", { method: "HEAD" }), [200, ""]);
  await server.prints(/\[HEAD \/endless\] \[LOG\] 'begun'/);
  const controller = new AbortController();
  await fetch(`${site}/endless`, { signal: controller.signal });
  controller.abort();
  await server.prints(/\[GET \/endless\] \[LOG\] 'begun'/);
  assert.equal(server.hasPrinted("broke off"), false);
});

test("a path that begins with two slashes is a path", async () => {
  assert.deepEqual(await get("//twice/x"), [200, "//twice/x"]);
  assert.deepEqual(await get("//"), [404, "No HttpAction routed for //"]);
});

test("bodies are streams in both directions", async () => {
  const content = randomBytes(5 << 20);
  const chunks = [content.subarray(0, 1 << 20), content.subarray(1 << 20)];
  const hash = createHash("sha256");
  await new Promise<void>((resolve, reject) => {
    const request = send(`${site}/mirror`, { method: "PUT" }, (response) => {
      assert.equal(response.headers["content-type"], "application/x-test");
      // The rest is sent only when the beginning has come back.
      response.once("data", () => request.end(chunks[1]));
      response.on("data", (chunk) => hash.update(chunk)).on("end", resolve);
    });
    request.on("error", reject).write(chunks[0]);
  });
  assert.equal(hash.digest("hex"), createHash("sha256").update(content).digest("hex"));
});

/** The status of a request, through an agent that keeps connections. */
async function statusOver(agent: Agent, path: string, method: string, body?: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = send(`${site}${path}`, { agent, method }, (response) => {
      response.on("end", () => resolve(response.statusCode!)).resume();
    });
    request.on("error", reject).end(body);
  });
}

test("a body that nobody reads to its end does not keep its connection's next request waiting", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  assert.equal(await statusOver(agent, "/length", "POST", randomBytes(5 << 20)), 200);
  assert.equal(await statusOver(agent, "/patched", "PATCH"), 200);
  agent.destroy();
});

test("a response may go on after its function has returned, with functions and logs", async () => {
  const response = await fetch(`${site}/slowly`);
  const reader = response.body!.pipeThrough(new TextDecoderStream() as never).getReader();
  assert.equal((await reader.read()).value, "first;");
  await get("/notes", { method: "POST", body: "go on" });
  assert.equal((await reader.read()).value, "second");
  assert.equal((await reader.read()).done, true);
  await server.prints(/\[GET \/slowly\] \[LOG\] 'while streaming'/);
});

test("a response that breaks or is too large ends the connection, not the server", async () => {
  for (const path of ["/breaks", "/too-much"]) {
    await assert.rejects(get(path), path);
  }
  assert.equal((await get("/patched", { method: "PATCH" }))[0], 200);
});

test("a client that leaves in the middle of a response changes nothing for others", async () => {
  const controller = new AbortController();
  const response = await fetch(`${site}/slowly`, { signal: controller.signal });
  assert.equal(response.status, 200);
  controller.abort();
  assert.equal((await get("/patched", { method: "PATCH" }))[0], 200);
});

test("a function that never pauses is ended alone", async () => {
  await server.asAdmin("/_local/reset");
  const streaming = await fetch(`${site}/slowly`);
  const spinning = get("/spin");
  await get("/notes", { method: "POST", body: "go on" });
  assert.equal(await streaming.text(), "first;second");
  const [status, text] = await spinning;
  assert.equal(status, 500);
  assert.match(text, /Function execution timed out/);
  assert.equal((await get("/patched", { method: "PATCH" }))[0], 200);
});

test("an http.ts without a router is refused", async () => {
  const before = (await get("/echo/x"))[0];
  scratch.write({ "http.ts": "export const http = 1;" });
  const { status, body } = (await server.asAdmin("/_local/push")) as Reply;
  assert.deepEqual([status, body.message], [400, "http: the default export must be made by httpRouter()."]);
  assert.equal((await get("/echo/x"))[0], before);
});
