// Scheduled functions and cron jobs: what runs, when, how often, and what remains of it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Provider } from "./provider.ts";
import { type Reply, Scratch, Server } from "./server.ts";
import { Socket } from "./socket.ts";

const JOBS = `
import { action, internalAction, internalMutation, mutation, query } from "./_generated/server";
import { internal } from "./_generated/api";

export const log = query({ handler: async (ctx) => (await ctx.db.query("log").collect()).map((row) => row.text) });
export const jobs = query({ handler: (ctx) => ctx.db.system.query("_scheduled_functions").collect() });
export const job = query({ handler: (ctx, { id }) => ctx.db.system.get("_scheduled_functions", id) });
export const note = internalMutation({
  handler: async (ctx, { text }) => {
    await ctx.db.insert("log", { text });
    if (text === "fail") throw new Error("on purpose");
    if (text === "spin") for (;;);
    return (await ctx.auth.getUserIdentity())?.subject ?? "nobody";
  },
});
export const shout = internalAction({
  handler: async (ctx, { text }) => {
    await ctx.runMutation(internal.jobs.note, { text: text + "!" });
    if (text === "fail") throw new Error("on purpose");
  },
});
export const look = query({ handler: () => null });
const reference = { note: internal.jobs.note, shout: internal.jobs.shout, look: "jobs:look", gone: "jobs:gone" };
export const schedule = mutation({
  handler: (ctx, { run, text, after }) => ctx.scheduler.runAfter(after ?? 0, reference[run ?? "note"], { text }),
});
export const scheduleAt = mutation({
  handler: (ctx, { text, at }) => ctx.scheduler.runAt(at, internal.jobs.note, { text }),
});
export const scheduleThenFail = mutation({
  handler: async (ctx, { text }) => {
    await ctx.scheduler.runAfter(0, internal.jobs.note, { text });
    throw new Error("no");
  },
});
export const scheduleInVain = mutation({
  handler: (ctx, { text }) => ctx.runMutation("jobs:scheduleThenFail", { text }).catch(() => null),
});
export const scheduleMany = mutation({
  handler: async (ctx, { count }) => {
    for (let i = 0; i < count; i++) await ctx.scheduler.runAfter(1e9, internal.jobs.note, { text: "many" });
  },
});
export const cancel = mutation({ handler: (ctx, { id }) => ctx.scheduler.cancel(id) });
export const chain = mutation({
  handler: async (ctx, { left }) => {
    await ctx.db.insert("log", { text: String(left) });
    if (left > 0) await ctx.scheduler.runAfter(0, "jobs:chain", { left: left - 1 });
  },
});
export const fromAction = action({
  handler: async (ctx, { text }) => {
    const id = await ctx.scheduler.runAfter(3_600_000, internal.jobs.note, { text });
    await ctx.scheduler.cancel(id);
    return ctx.scheduler.runAfter(0, internal.jobs.note, { text });
  },
});
export const time = query({ handler: () => Date.now() });
export const actionTime = action({ handler: async () => [Date.now(), new Date().getTime()] });
export const wait = internalAction({ handler: async (_, { url }) => { await fetch(url); } });
export const scheduleWait = mutation({ handler: (ctx, { url }) => ctx.scheduler.runAfter(0, internal.jobs.wait, { url }) });
`;
const scratch = new Scratch({ "jobs.ts": JOBS });
const data = mkdtempSync(join(tmpdir(), "aioconvex-test-data-"));
let server = await Server.start(scratch.project, `--data=${data}`);

after(async () => {
  await server.stop();
  scratch.remove();
  rmSync(data, { recursive: true });
});

const idle = () => server.asAdmin("/_local/idle");
const advance = (seconds: number) => server.asAdmin("/_local/clock", { seconds });
const log = (): Promise<string[]> => server.value("query", "jobs:log");
const job = (id: string): Promise<Reply> => server.value("query", "jobs:job", { id });
const schedule = (args: object): Promise<string> => server.value("mutation", "jobs:schedule", args);

async function reset(): Promise<void> {
  await server.asAdmin("/_local/reset");
}

test("a scheduled mutation runs once, after its mutation has committed, as nobody", async () => {
  await reset();
  const id = await schedule({ text: "a" });
  await idle();
  assert.deepEqual(await log(), ["a"]);
  const { name, args, state, scheduledTime, completedTime } = await job(id);
  assert.deepEqual([name, args, state], ["jobs.js:note", [{ text: "a" }], { kind: "success" }]);
  assert.ok(completedTime >= scheduledTime);
});

test("a scheduled action runs too, and both may fail, which is recorded", async () => {
  await reset();
  const ids = await Promise.all(
    [
      { run: "shout", text: "a" },
      { run: "shout", text: "fail" },
      { run: "note", text: "fail" },
      { run: "note", text: "spin" },
    ].map(schedule),
  );
  await idle();
  assert.deepEqual((await log()).sort(), ["a!", "fail!"]);
  const states = await Promise.all(ids.map(async (id) => (await job(id)).state));
  assert.deepEqual(
    states.map(({ kind }) => kind),
    ["success", "failed", "failed", "failed"],
  );
  assert.match(states[1].error, /^Uncaught Error: on purpose/);
  assert.match(states[3].error, /timed out/);
});

test("what a mutation schedules is undone with it", async () => {
  await reset();
  await server.error("mutation", "jobs:scheduleThenFail", { text: "a" });
  await server.value("mutation", "jobs:scheduleInVain", { text: "b" });
  await idle();
  assert.deepEqual([await log(), await server.value("query", "jobs:jobs")], [[], []]);
});

test("nothing runs before its time; moving the time ahead runs it, the longest due first", async () => {
  await reset();
  const before = await server.value("query", "jobs:time");
  await schedule({ text: "late", after: 7_200_000 });
  await schedule({ text: "soon", after: 3_600_000 });
  await server.value("mutation", "jobs:scheduleAt", { text: "past", at: before - 1000 });
  await idle();
  assert.deepEqual(await log(), ["past"]);
  await advance(7300);
  await idle();
  assert.deepEqual(await log(), ["past", "soon", "late"]);
  const times = [
    await server.value("query", "jobs:time"),
    ...(await server.value("action", "jobs:actionTime")),
  ];
  for (const time of times) assert.ok(time - before >= 7_300_000 && time - before < 7_400_000, String(time));
  await reset();
  assert.ok((await server.value("query", "jobs:time")) - before < 60_000);
});

test("real time passes by itself", async () => {
  await reset();
  const socket = await Socket.connect(server);
  socket.add(0, "jobs:log");
  assert.deepEqual((await socket.change(0)).value, []);
  await schedule({ text: "soon", after: 100 });
  assert.deepEqual((await socket.change(0)).value, ["soon"]);
  socket.close();
});

test("a cancelled function does not run, and cancelling again or too late changes nothing", async () => {
  await reset();
  const id = await schedule({ text: "a", after: 1000 });
  await server.value("mutation", "jobs:cancel", { id });
  await server.value("mutation", "jobs:cancel", { id });
  await advance(2);
  await idle();
  assert.deepEqual([await log(), (await job(id)).state], [[], { kind: "canceled" }]);
  const ran = await schedule({ text: "b" });
  await idle();
  await server.value("mutation", "jobs:cancel", { id: ran });
  assert.deepEqual((await job(ran)).state, { kind: "success" });
  const row = await server.error("mutation", "jobs:cancel", { id: "nonsense" });
  assert.match(row, /no scheduled function with the id nonsense/);
});

test("functions that schedule themselves go on until they stop", async () => {
  await reset();
  await server.value("mutation", "jobs:chain", { left: 20 });
  await idle();
  assert.deepEqual(await log(), [...Array(21).keys()].map(String).reverse());
});

test("actions schedule and cancel in transactions of their own", async () => {
  await reset();
  const id = await server.value("action", "jobs:fromAction", { text: "a" });
  await idle();
  assert.deepEqual([await log(), (await job(id)).state.kind], [["a"], "success"]);
  const kinds = (await server.value("query", "jobs:jobs")).map(({ state }: Reply) => state.kind);
  assert.deepEqual(kinds, ["canceled", "success"]);
});

test("only mutations and actions that exist can be scheduled, not too many and not too far ahead", async () => {
  const refused = (args: object) => server.error("mutation", "jobs:schedule", { text: "x", ...args });
  assert.match(await refused({ run: "look" }), /jobs:look, a query/);
  assert.match(await refused({ run: "gone" }), /jobs:gone, which does not exist/);
  assert.match(await refused({ after: 1e13 }), /at most 5 years/);
  assert.match(await server.error("mutation", "jobs:scheduleMany", { count: 1001 }), /limit: 1000/);
  await server.value("mutation", "jobs:scheduleMany", { count: 1000 });
  await reset();
});

test("after a crash mutations that wait still run, and an action that ran has failed", async () => {
  await reset();
  const provider = await Provider.start();
  let asked = () => {};
  const running = new Promise<void>((resolve) => (asked = resolve));
  provider.answer = () => (asked(), true);
  const waiting = await schedule({ text: "kept", after: 3_600_000 });
  const action = await server.value("mutation", "jobs:scheduleWait", { url: provider.url });
  await running;
  assert.equal((await job(action)).state.kind, "inProgress");
  await server.signal("SIGKILL");
  server = await Server.start(scratch.project, `--data=${data}`);
  assert.equal((await job(waiting)).state.kind, "pending");
  assert.deepEqual((await job(action)).state, {
    kind: "failed",
    error: "The deployment stopped while the action ran.",
  });
  await advance(3601);
  await idle();
  assert.deepEqual(await log(), ["kept"]);
});

test("a function that was removed since it was scheduled fails", async () => {
  await reset();
  const id = await schedule({ text: "a", after: 1000 });
  scratch.write({ "jobs.ts": JOBS.replace("export const note", "const note") });
  assert.equal((await server.asAdmin("/_local/push")).status, 200);
  await advance(2);
  await idle();
  assert.match((await job(id)).state.error, /Could not find function for 'jobs:note'/);
  scratch.write({ "jobs.ts": JOBS });
  await server.asAdmin("/_local/push");
});

const crons = (body: string) => `
import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";
const crons = cronJobs();
${body}
export default crons;
`;

test("cron jobs run at their times; an interval begins with a run, missed runs are run once", async () => {
  await reset();
  const body = `
crons.interval("often", { minutes: 10 }, internal.jobs.note, { text: "often" });
crons.cron("hourly", "0 * * * *", internal.jobs.note, { text: "hourly" });
crons.daily("daily", { hourUTC: 5, minuteUTC: 0 }, internal.jobs.shout, { text: "daily" });
`;
  scratch.write({ "crons.ts": crons(body) });
  assert.equal((await server.asAdmin("/_local/push")).status, 200);
  await idle();
  assert.deepEqual(await log(), ["often"]);
  await server.asAdmin("/_local/push");
  await idle();
  assert.deepEqual(await log(), ["often"]);
  await advance(600);
  await idle();
  assert.equal((await log()).filter((text) => text === "often").length, 2);
  await advance(24 * 3600);
  await idle();
  const counts = (text: string) => log().then((texts) => texts.filter((found) => found === text).length);
  assert.deepEqual([await counts("often"), await counts("daily!")], [3, 1]);
  assert.ok([1, 2].includes(await counts("hourly")));
});

test("cron jobs keep their time over a restart, and go with the code", async () => {
  await reset();
  await server.stop();
  server = await Server.start(scratch.project, `--data=${data}`);
  await idle();
  assert.deepEqual(await log(), []);
  scratch.write({ "crons.ts": crons("") });
  await server.asAdmin("/_local/push");
  await advance(48 * 3600);
  await idle();
  assert.deepEqual(await log(), []);
});

test("a run of a cron job that still goes on keeps the next one from starting", async () => {
  await reset();
  const provider = await Provider.start();
  let release = () => {};
  provider.answer = (_, response) => {
    release = () => response.end();
    return true;
  };
  const args = JSON.stringify({ url: provider.url });
  scratch.write({
    "crons.ts": crons(`crons.interval("slow", { seconds: 10 }, internal.jobs.wait, ${args});`),
  });
  const { status, body } = await server.asAdmin("/_local/push");
  assert.equal(status, 200, body.message);
  while (provider.requests.length === 0) await server.get("/version");
  await advance(100);
  await schedule({ text: "due as well" });
  while ((await log()).length === 0);
  assert.equal(provider.requests.length, 1);
  release();
  await idle();
  scratch.remove("crons.ts");
  await server.asAdmin("/_local/push");
});

test("a run of a cron job that never ends is ended alone, and stores nothing", async () => {
  await reset();
  const run = (text: string): string =>
    `crons.interval("${text}", { hours: 1 }, internal.jobs.note, { text: "${text}" });`;
  scratch.write({ "crons.ts": crons(run("spin") + run("tick")) });
  await server.asAdmin("/_local/push");
  await idle();
  assert.deepEqual(await log(), ["tick"]);
  await server.prints(/\[jobs:note\] Function execution timed out/);
  scratch.remove("crons.ts");
  await server.asAdmin("/_local/push");
});

test("what crons.ts gets wrong is refused", async () => {
  const wrong: [string, RegExp][] = [
    ["export const x = 1;", /crons: the default export must be made by cronJobs\(\)/],
    [crons('crons.hourly("a", { minuteUTC: 1 }, internal.jobs.gone);'), /"a" runs jobs:gone, which does not/],
    [
      crons('crons.hourly("a", { minuteUTC: 1 }, internal.jobs.look);'),
      /"a" runs jobs:look, which is a query/,
    ],
    [crons('crons.cron("a", "61 * * * *", internal.jobs.note);'), /crons: "a": "61" is no minute/],
  ];
  for (const [text, message] of wrong) {
    scratch.write({ "crons.ts": text });
    const { status, body } = await server.asAdmin("/_local/push");
    assert.deepEqual([status, body.code], [400, "AnalyzeFailed"]);
    assert.match(body.message, message);
  }
});
