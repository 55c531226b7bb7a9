// Text search: what is found, in which order, and which writes a live search notices.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { wordsOf } from "../../../src/aioconvex/local/server/storage/texts.ts";
import { Random } from "./random.ts";
import { type Reply, Scratch, Server } from "./server.ts";
import { Socket } from "./socket.ts";

const schema = (search: string) => `
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  notes: defineTable({ text: v.optional(v.any()), meta: v.optional(v.any()), box: v.optional(v.string()) })${search},
});
`;
const INDEX = `.searchIndex("by_text", { searchField: "text", filterFields: ["box", "meta.done"] })
  .searchIndex("by_title", { searchField: "meta.title" })`;
const scratch = new Scratch({
  "schema.ts": schema(INDEX),
  "notes.ts": `
import { mutation, query } from "./_generated/server";
export const add = mutation({
  handler: async (ctx, { notes }) => {
    const ids = [];
    for (const note of notes) ids.push(await ctx.db.insert("notes", typeof note === "string" ? { text: note } : note));
    return ids;
  },
});
export const patch = mutation({ handler: (ctx, { id, fields }) => ctx.db.patch(id, fields) });
export const remove = mutation({ handler: (ctx, { id }) => ctx.db.delete(id) });
const search = (ctx, { words, index = "by_text", field = "text", equal = [] }) =>
  ctx.db.query("notes").withSearchIndex(index, (q) =>
    equal.reduce((q, [name, value]) => q.eq(name, value ?? undefined), q.search(field, words)),
  );
const texts = (notes) => notes.map(({ text, meta }) => text ?? meta.title);
export const find = query({ handler: async (ctx, args) => texts(await search(ctx, args).collect()) });
export const first = query({ handler: async (ctx, args) => texts(await search(ctx, args).take(1)) });
export const filtered = query({
  handler: async (ctx, args) => texts(await search(ctx, args).filter((q) => q.eq(q.field("box"), "b")).collect()),
});
export const page = query({
  handler: async (ctx, { options, ...args }) => {
    const page = await search(ctx, args).paginate(options);
    return { ...page, page: texts(page.page) };
  },
});
export const misuse = query({
  handler: (ctx, { how }) =>
    ctx.db.query("notes").withSearchIndex("by_text", (q) => (how === "none" ? q : q.search("text", "a").search("text", "b"))).collect(),
});
export const addAndFind = mutation({
  handler: async (ctx, { words }) => {
    const found = [];
    for await (const note of search(ctx, { words })) {
      found.push(note.text);
      if (found.length > 1) continue;
      await ctx.db.insert("notes", { text: "pear added meanwhile" });
      for (const other of await search(ctx, { words }).collect())
        if (other.text === "pear tree") await ctx.db.delete(other._id);
    }
    return found;
  },
});
`,
});
const server = await Server.start(scratch.project);

after(async () => {
  await server.stop();
  scratch.remove();
});

const find = (words: string, more: object = {}): Promise<string[]> =>
  server.value("query", "notes:find", { words, ...more });

async function fill(...notes: (string | object)[]): Promise<string[]> {
  await server.asAdmin("/_local/reset");
  return server.value("mutation", "notes:add", { notes });
}

test("any of the words will do, the last one also by its beginning, in any case", async () => {
  await fill("Red apple", "green APPLES", "red pear", "blue plum", "Größe über alles", "x");
  const found = async (words: string) => (await find(words)).sort();
  assert.deepEqual(await found("apple"), ["Red apple", "green APPLES"]);
  assert.deepEqual(await found("apple red"), ["Red apple", "red pear"]);
  assert.deepEqual(await found("app blue"), ["blue plum"]);
  assert.deepEqual(await found("GRÖSSE, ÜBER"), ["Größe über alles"]);
  assert.deepEqual(await found("pple"), []);
  assert.deepEqual(await found("!?"), []);
  assert.deepEqual(await found(""), []);
});

test("words are runs of letters and digits; very long ones are left out", () => {
  assert.deepEqual(wordsOf("It's 3.5€ — naïve_café, x-1"), ["it", "s", "3", "5", "naïve", "café", "x", "1"]);
  assert.deepEqual(wordsOf(`${"a".repeat(32)} ${"b".repeat(33)}`), ["a".repeat(32)]);
});

test("the most relevant come first: more words, rarer words, shorter texts; then the newest", async () => {
  await fill(
    "apple and much other talk of this and that",
    "apple pear",
    "apple",
    "pear pear pear",
    "apple",
    "common quince",
    ...Array(20).fill("common"),
  );
  assert.deepEqual((await find("apple pear"))[0], "apple pear");
  const apples = await find("apple");
  assert.deepEqual(
    [apples[0], apples[1], apples.at(-1)],
    ["apple", "apple", "apple and much other talk of this and that"],
  );
  assert.equal((await find("common quince"))[0], "common quince");
  assert.deepEqual(await server.value("query", "notes:first", { words: "apple pear" }), ["apple pear"]);
});

test("filters take equal values only, of fields that may be missing or lie deeper", async () => {
  await fill(
    { text: "a one", box: "a", meta: { done: true } },
    { text: "a two", box: "b", meta: { done: false } },
    { text: "a three" },
  );
  assert.deepEqual(await find("a", { equal: [["box", "a"]] }), ["a one"]);
  assert.deepEqual(await find("a", { equal: [["meta.done", false]] }), ["a two"]);
  assert.deepEqual(await find("a", { equal: [["box", null]] }), ["a three"]);
  assert.deepEqual(
    await find("a", {
      equal: [
        ["box", "b"],
        ["meta.done", true],
      ],
    }),
    [],
  );
  assert.deepEqual(await server.value("query", "notes:filtered", { words: "a" }), ["a two"]);
});

test("only texts are indexed, wherever the field lies", async () => {
  await fill({ text: 5 }, { meta: { title: "deep text" } }, { meta: "deep" }, "deep");
  assert.deepEqual(await find("deep", { index: "by_title", field: "meta.title" }), ["deep text"]);
  assert.deepEqual(await find("deep"), ["deep"]);
});

test("searches follow writes; one in progress keeps its order and leaves out what is gone", async () => {
  const [apple, pear] = await fill("apple", "pear");
  await server.value("mutation", "notes:patch", { id: apple, fields: { text: "pear tree" } });
  assert.deepEqual(await find("pear"), ["pear", "pear tree"]);
  assert.deepEqual(await find("apple"), []);
  await server.value("mutation", "notes:remove", { id: pear });
  assert.deepEqual(await find("pear"), ["pear tree"]);
  await server.value("mutation", "notes:add", { notes: ["pear"] });
  assert.deepEqual(await server.value("mutation", "notes:addAndFind", { words: "pear" }), ["pear"]);
  assert.deepEqual(await find("pear"), ["pear", "pear added meanwhile"]);
});

test("pages of results meet without a gap or an overlap", async () => {
  await fill(...Array.from({ length: 50 }, (_, i) => `word ${"filler ".repeat(i % 7)}${i}`));
  const whole = await find("word");
  assert.equal(whole.length, 50);
  const paged: string[] = [];
  let options: Reply = { numItems: 7, cursor: null };
  for (;;) {
    const { page, isDone, continueCursor } = await server.value("query", "notes:page", {
      words: "word",
      options,
    });
    paged.push(...page);
    if (isDone) break;
    options = { numItems: 7, cursor: continueCursor };
  }
  assert.deepEqual(paged, whole);
});

test("at most 1024 results", async () => {
  await fill(...Array(1100).fill("many"));
  assert.equal((await find("many")).length, 1024);
});

test("a live search hears of what could change its result, and of nothing else", async () => {
  const [apple, pear] = await fill({ text: "apple", box: "a" }, { text: "pear", box: "a" });
  const socket = await Socket.connect(server);
  socket.add(0, "notes:find", { words: "apple", equal: [["box", "a"]] });
  assert.deepEqual((await socket.change(0)).value, ["apple"]);
  const runs = async () =>
    (await server.asAdmin("/_local/calls")).body.calls.filter(({ path }: Reply) => path === "notes:find")
      .length;
  const before = await runs();
  await server.value("mutation", "notes:patch", { id: pear, fields: { meta: { note: 1 } } });
  assert.equal(await runs(), before);
  const writes: [string, object, string[]][] = [
    ["notes:add", { notes: [{ text: "apple pie", box: "a" }] }, ["apple", "apple pie"]],
    ["notes:patch", { id: apple, fields: { box: "b" } }, ["apple pie"]],
    ["notes:patch", { id: pear, fields: { text: "apple pear" } }, ["apple pear", "apple pie"]],
    ["notes:patch", { id: apple, fields: { box: "a" } }, ["apple", "apple pear", "apple pie"]],
    ["notes:remove", { id: apple }, ["apple pear", "apple pie"]],
  ];
  for (const [path, args, expected] of writes) {
    await server.value("mutation", path, args);
    assert.deepEqual((await socket.change(0)).value.sort(), expected, path);
  }
  socket.close();
});

test("an index agrees with a search through all texts, whatever was written and undone", async () => {
  const random = new Random(7);
  const words = ["red", "redder", "green", "blue", "apple", "app", "ap", "x1"];
  const sentence = () => Array.from({ length: 1 + random.below(4) }, () => random.pick(words)).join(" ");
  const texts = new Map<string, string>();
  await fill();
  for (let i = 0; i < 120; i++) {
    const ids = [...texts.keys()];
    const id = ids.length > 0 && random.below(3) > 0 ? random.pick(ids) : null;
    if (id === null) {
      const text = sentence();
      const [added] = await server.value("mutation", "notes:add", { notes: [text] });
      texts.set(added, text);
    } else if (random.below(3) === 0) {
      await server.value("mutation", "notes:remove", { id });
      texts.delete(id);
    } else {
      texts.set(id, sentence());
      await server.value("mutation", "notes:patch", { id, fields: { text: texts.get(id) } });
    }
    const query = sentence().split(" ");
    const matches = (text: string) =>
      text.split(" ").some((word) => query.includes(word) || word.startsWith(query.at(-1)!));
    const found = (await find(query.join(" "))).sort();
    assert.deepEqual(found, [...texts.values()].filter(matches).sort(), query.join(" "));
  }
});

test("an index can be added to and taken from stored documents", async () => {
  await fill("apple", "pear");
  scratch.write({ "schema.ts": schema("") });
  assert.deepEqual((await server.asAdmin("/_local/push")).body.indexesDropped.sort(), [
    "notes.by_text",
    "notes.by_title",
  ]);
  assert.match(
    await server.error("query", "notes:find", { words: "a" }),
    /Search index notes.by_text not found/,
  );
  scratch.write({ "schema.ts": schema(INDEX) });
  assert.equal((await server.asAdmin("/_local/push")).status, 200);
  assert.deepEqual(await find("apple"), ["apple"]);
});

test("searches that no index can answer are refused", async () => {
  const error = (args: object) => server.error("query", "notes:find", { words: "a", ...args });
  assert.match(await error({ index: "by_nothing" }), /Search index notes\.by_nothing not found/);
  assert.match(await error({ field: "box" }), /exactly one search filter, on `text`/);
  assert.match(await error({ equal: [["other", 1]] }), /`other` is not a filter field/);
  assert.match(await error({ equal: Array(9).fill(["box", "a"]) }), /too many filters: 9 \(maximum: 8\)/);
  assert.match(await error({ words: "w ".repeat(17) }), /too many terms: 17 \(maximum: 16\)/);
  for (const how of ["none", "two"]) {
    assert.match(await server.error("query", "notes:misuse", { how }), /exactly one search filter/);
  }
  const fields = JSON.stringify(Array.from({ length: 17 }, (_, i) => `f${i}`));
  scratch.write({
    "schema.ts": schema(`.searchIndex("s", { searchField: "text", filterFields: ${fields} })`),
  });
  assert.match((await server.asAdmin("/_local/push")).body.message, /more than 16 filter fields/);
});
