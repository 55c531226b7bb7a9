// Runs programs on npm convex-test: one JSON list of programs on stdin, one of their results on stdout.
// Each transaction gives {"results": [...]} or {"error": text}.
import { text } from "node:stream/consumers";
import { convexTest } from "convex-test";
import { makeFunctionReference } from "convex/server";
import { convexToJson, jsonToConvex } from "convex/values";

const PROJECT = new URL("../conformance/convex/", import.meta.url);
const schema = (await import(new URL("schema.ts", PROJECT))).default;
const database = await import(new URL("database.ts", PROJECT));
const modules = { "./_generated/api.js": async () => ({}), "./database.ts": async () => database };

const REFERENCES = {
  query: makeFunctionReference("database:read"),
  mutation: makeFunctionReference("database:change"),
};

async function run(program) {
  const deployment = convexTest(schema, modules);
  const done = [];
  for (const { kind, steps } of program) done.push(await transaction(deployment, kind, filled(steps, done)));
  return done;
}

async function transaction(deployment, kind, steps) {
  try {
    const results = await deployment[kind](REFERENCES[kind], { steps: jsonToConvex(steps) });
    return { results: convexToJson(results) };
  } catch (error) {
    return { error: String(error) };
  }
}

/** "#<t>.<n>" is what step n of transaction t gave: an id, or a page with its cursor. */
function filled(steps, done) {
  const text = JSON.stringify(steps).replace(/"#(\d+)\.(\d+)"/g, (_, t, n) => {
    const result = done[t].results?.[n] ?? "nobody";
    return JSON.stringify(result.continueCursor ?? result);
  });
  return JSON.parse(text);
}

const answers = [];
for (const program of JSON.parse(await text(process.stdin))) answers.push(await run(program));
process.stdout.write(JSON.stringify(answers));
