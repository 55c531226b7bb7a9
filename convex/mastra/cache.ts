/**
 * The cache handler of `@mastra/convex`, so that its TypeScript client and ours
 * run on these functions alike, and the query that ours reads by.
 */
import { v } from "convex/values";

import { handlers, query } from "./access";
import {
  ENTRIES,
  type Entry,
  Sweep,
  append,
  lengthOf,
  liveEntry,
  put,
  rangeOf,
  removeKey,
  removePrefix,
  settledEntry,
  valuesIn,
} from "./cacheEntries";
import { refusal } from "./errors";
import type { Writer } from "./model";
import {
  type Fields,
  invalid,
  isObject,
  number,
  optionalNumber,
  text,
} from "./requests";

interface Answer {
  result?: unknown;
  /** Nothing was done yet but cleaning up: the same request must come again. */
  hasMore?: boolean;
  error?: string;
  code?: string;
}

type Operation = (db: Writer, request: Fields) => Promise<Answer>;

const operations: Readonly<Record<string, Operation>> = {
  get: async (db, request) => {
    const { entry, hasMore } = await settledEntry(db, text(request, "key"));
    // Lists and counters are null in this protocol.
    const stored = entry?.kind === "value" ? entry.value : undefined;
    return { result: decoded(stored ?? "null"), hasMore };
  },
  set: async (db, request) => {
    const { key, expiresAt, keyPrefix } = place(request);
    const { entry, hasMore } = await settledEntry(db, key);
    if (hasMore) return { hasMore };
    const another = entry !== null && entry.kind !== "value";
    if (another && !(await removeKey(db, key))) return { hasMore: true };
    const value = encoded(request.value);
    const row = { key, keyPrefix, kind: "value" as const, value, expiresAt };
    await put(db, another ? null : entry, row);
    return {};
  },
  listLength: async (db, request) => {
    const key = text(request, "key");
    const { entry, hasMore } = await settledEntry(db, key);
    if (entry !== null && entry.kind !== "list") return isNo("array", key);
    return { result: lengthOf(entry), hasMore };
  },
  listPush: async (db, request) => {
    const { expiresAt, ...item } = place(request);
    const { entry, hasMore } = await settledEntry(db, item.key);
    if (hasMore) return { hasMore };
    if (entry !== null && entry.kind !== "list") return isNo("array", item.key);
    const value = encoded(request.value);
    await append(db, entry, { ...item, value }, expiresAt);
    return {};
  },
  listFromTo: async (db, request) => {
    const key = text(request, "key");
    const { entry, hasMore } = await settledEntry(db, key);
    const wanted = { from: number(request, "from"), to: number(request, "to") };
    const range =
      entry?.kind === "list" ? rangeOf(lengthOf(entry), wanted) : null;
    if (range === null) return { result: [], hasMore };
    const { values, rest } = await valuesIn(db, key, range);
    if (rest !== undefined) {
      throw refusal(
        "TooManyBytes",
        `The first ${values.length} items are all that one request can read. ` +
          "Ask for a shorter range.",
      );
    }
    return { result: values.map(decoded) };
  },
  increment: async (db, request) => {
    const { key, expiresAt, keyPrefix } = place(request);
    const { entry, hasMore } = await settledEntry(db, key);
    if (hasMore) return { hasMore };
    if (entry !== null && entry.kind !== "counter") return isNo("number", key);
    const counter = lengthOf(entry) + 1;
    const kind = "counter" as const;
    await put(db, entry, { key, keyPrefix, kind, counter, expiresAt });
    return { result: counter };
  },
  // Ours: what takes an `increment` and a `listPush` otherwise.
  listPushIndexed: async (db, request) => {
    const { expiresAt, ...item } = place(request);
    const counterKey = text(request, "counterKey");
    // One call cleans up no more for two keys than for one.
    const sweep = new Sweep();
    const list = await settledEntry(db, item.key, sweep);
    const counter = await settledEntry(db, counterKey, sweep);
    if (list.hasMore || counter.hasMore) return { hasMore: true };
    if (!isOrNull(list.entry, "list") || item.key === counterKey) {
      return isNo("array", item.key);
    }
    if (!isOrNull(counter.entry, "counter")) return isNo("number", counterKey);
    const index = lengthOf(counter.entry);
    const value = indexed(request.value, index);
    await append(db, list.entry, { ...item, value }, expiresAt);
    await put(db, counter.entry, {
      key: counterKey,
      keyPrefix: item.keyPrefix,
      kind: "counter",
      counter: index + 1,
      expiresAt,
    });
    return { result: index };
  },
  delete: async (db, request) => ({
    hasMore: !(await removeKey(db, text(request, "key"))),
  }),
  clear: async (db, request) => ({
    hasMore: !(await removePrefix(db, text(request, "keyPrefix"))),
  }),
};

const answerValidator = v.object({
  ok: v.boolean(),
  result: v.optional(v.any()),
  hasMore: v.optional(v.boolean()),
  error: v.optional(v.string()),
  code: v.optional(v.string()),
});

/**
 * Runs one request `{op, …}`.
 *
 * Answers `{ok: true, result?, hasMore?}`, or `{ok: false, error, code}` for an
 * operation that does not exist and for a key that holds something else. While it
 * says `hasMore`, what was deleted, replaced or has expired is being cleaned up and
 * nothing else was done: send the same request again.
 */
export const { handle, handleAsAdmin } = handlers(answerValidator, answer);

const nothing = v.null();
const value = v.object({ kind: v.literal("value"), value: v.string() });
const counter = v.object({ kind: v.literal("counter"), counter: v.number() });
const list = v.object({
  kind: v.literal("list"),
  list: v.id(ENTRIES),
  length: v.number(),
  items: v.array(v.string()),
  rest: v.optional(v.object({ from: v.number(), to: v.number() })),
});

/**
 * What a key holds, or null; values are JSON text. Of a list, the items `from` and
 * `to` have between them, both included and counted from the end when negative;
 * none without them. `rest` is what one call could not read: ask for that range of
 * this `list`, which is null once it was deleted.
 *
 * What has expired is null by the deployment's clock. Where results are cached, as
 * they are on Convex, it may be seen for some seconds more.
 */
export const read = query({
  args: {
    key: v.string(),
    from: v.optional(v.number()),
    to: v.optional(v.number()),
    list: v.optional(v.id(ENTRIES)),
  },
  returns: v.union(nothing, value, counter, list),
  handler: async ({ db }, { key, from = 0, to = -Infinity, list }) => {
    const entry = await liveEntry(db, key);
    if (entry === null || (list !== undefined && entry._id !== list)) {
      return null;
    }
    if (entry.kind === "value") {
      return { kind: "value" as const, value: entry.value ?? "null" };
    }
    const length = lengthOf(entry);
    if (entry.kind !== "list")
      return { kind: "counter" as const, counter: length };
    const range = rangeOf(length, { from, to });
    const found =
      range === null ? { values: [] } : await valuesIn(db, key, range);
    const { values: items, ...rest } = found;
    return { kind: entry.kind, list: entry._id, length, items, ...rest };
  },
});

async function answer(db: Writer, args: unknown) {
  const request = isObject(args) ? args : {};
  const op = text(request, "op");
  const answer = Object.hasOwn(operations, op)
    ? await operations[op]!(db, request)
    : { error: `Unsupported operation ${op}`, code: "UnsupportedOperation" };
  return { ok: !("error" in answer), ...answer };
}

/** Where something is to be stored, and until when. */
function place(request: Fields) {
  return {
    key: text(request, "key"),
    keyPrefix: text(request, "keyPrefix"),
    expiresAt: optionalNumber(request, "expiresAt") ?? null,
  };
}

function isOrNull(entry: Entry | null, kind: Entry["kind"]): boolean {
  return entry === null || entry.kind === kind;
}

function isNo(kind: "array" | "number", key: string): Answer {
  const article = kind === "array" ? "an" : "a";
  return {
    error: `${key} exists but is not ${article} ${kind}`,
    code: "WrongKind",
  };
}

function encoded(value: unknown): string {
  return JSON.stringify(value ?? null);
}

function decoded(stored: string): unknown {
  return JSON.parse(stored);
}

// JSON text that stands for what Convex has no value for; `aioconvex.mastra` and
// `JSON.parse` read it.
const MARK = "\n\t\n";

/** An object with its index, as JSON text. */
function indexed(value: unknown, index: number): string {
  if (isObject(value)) return encoded({ ...value, index });
  if (typeof value === "string" && value.startsWith(MARK + "{")) {
    // As text: numbers may have more digits than JavaScript's.
    const fields = value.slice(MARK.length + 1);
    const comma = fields === "}" ? "" : ",";
    return encoded(`${MARK}{"index":${index}${comma}${fields}`);
  }
  throw invalid("value must be an object");
}
