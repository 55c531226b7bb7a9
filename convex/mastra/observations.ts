/**
 * Observational memory: what `aioconvex.mastra` calls for it. JSON columns and
 * chunks travel as they are stored, as JSON text. Changes that add something name
 * themselves by a `key`, so that each can be asked for again and is made once.
 */
import { v } from "convex/values";

import { mutation, query } from "./access";
import { type Chunk, parseChunks, refreshed } from "./activation";
import { checkSize } from "./documentSize";
import { type Reader, documentOf } from "./model";
import {
  MEMORY,
  type Memory,
  change,
  createdWithin,
  generations,
  memoryWithId,
} from "./observationRows";
import * as writes from "./observationWrites";
import { once, receiptsOf } from "./receipts";
import { invalid, isObject, json, optionalCount } from "./requests";
import { MAX_ROWS_SCANNED, ReadBudget, writableRows } from "./scan";
import { mastraTables } from "./tables";
import { laterThan } from "./threadRows";

const memoryDocument = documentOf(MEMORY);
const memoryRow = v.object(mastraTables[MEMORY].validator.fields);

const placeValidator = v.object({
  generationCount: v.number(),
  _creationTime: v.number(),
});

const activationValidator = v.object({
  messageTokensActivated: v.number(),
  observationTokensActivated: v.number(),
  activatedMessageIds: v.array(v.string()),
  perChunk: v.array(
    v.object({
      cycleId: v.string(),
      messageTokens: v.number(),
      observationTokens: v.number(),
      messageCount: v.number(),
      observations: v.string(),
    }),
  ),
  suggestedContinuation: v.union(v.string(), v.null()),
  currentTask: v.union(v.string(), v.null()),
});

/** The latest generation of a thread or resource, or null. */
export const latest = query({
  args: { lookupKey: v.string() },
  returns: v.union(memoryDocument, v.null()),
  handler: async ({ db }, { lookupKey }) => {
    for await (const row of generations(db, lookupKey)) return row;
    return null;
  },
});

/**
 * Generations created from one time to another, both inclusive, newest first:
 * `skip` of them passed over, and up to `take`. `matched` counts them, and `rest`
 * is where the next call goes on, after as many as one call may read.
 */
export const history = query({
  args: {
    lookupKey: v.string(),
    from: v.optional(v.string()),
    to: v.optional(v.string()),
    skip: v.number(),
    take: v.optional(v.number()),
    after: v.optional(placeValidator),
  },
  returns: v.object({
    items: v.array(memoryDocument),
    matched: v.number(),
    rest: v.optional(placeValidator),
  }),
  handler: async ({ db }, request) => {
    const skip = optionalCount(request, "skip", 0) ?? 0;
    const take = optionalCount(request, "take", 0) ?? Infinity;
    const budget = new ReadBudget();
    const items: Memory[] = [];
    let matched = 0;
    let read = 0;
    let last = request.after;
    for await (const row of generations(db, request.lookupKey, last)) {
      if (items.length === take) break;
      // A document has at most 1 MiB, so the first row always fits.
      if (read === MAX_ROWS_SCANNED || !budget.spend(row)) {
        return { items, matched, ...(last && { rest: last }) };
      }
      read++;
      const { generationCount, _creationTime } = row;
      last = { generationCount, _creationTime };
      if (!createdWithin(row, request.from, request.to)) continue;
      if (matched++ >= skip) items.push(row);
    }
    return { items, matched };
  },
});

/** Stores a generation, in place of the one with its id. */
export const save = mutation({
  args: { record: memoryRow, key: v.string() },
  returns: v.null(),
  handler: ({ db }, { record, key }) =>
    once(db, record.id, key, async () => {
      checkSize(record);
      const row = await memoryWithId(db, record.id);
      if (row === null) await db.insert(MEMORY, record);
      else await db.replace(row._id, record);
      return null;
    }),
});

/** Replaces the active observations; false if there is no such record. */
export const updateActive = mutation({
  args: {
    id: v.string(),
    key: v.string(),
    observations: v.string(),
    tokenCount: v.number(),
    lastObservedAt: v.string(),
    observedMessageIds: v.optional(v.array(v.string())),
  },
  returns: v.boolean(),
  handler: async ({ db }, { id, key, ...observed }) => {
    const row = await memoryWithId(db, id);
    if (row === null) return false;
    return once(db, id, key, async () => {
      await writes.replaceActive(db, row, observed, laterThan(row.updatedAt));
      return true;
    });
  },
});

/** Buffers a chunk whose cycle is not buffered yet; false without the record. */
export const appendChunk = mutation({
  args: {
    id: v.string(),
    key: v.string(),
    chunk: v.string(),
    lastBufferedAtTime: v.optional(v.string()),
  },
  returns: v.boolean(),
  handler: async ({ db }, request) => {
    const { id, key, lastBufferedAtTime } = request;
    const chunk = json(request, "chunk");
    if (!isObject(chunk)) throw invalid("chunk must be the JSON text of one");
    const row = await memoryWithId(db, id);
    if (row === null) return false;
    return once(db, id, key, async () => {
      const now = laterThan(row.updatedAt);
      await writes.appendChunk(
        db,
        row,
        chunk as Chunk,
        lastBufferedAtTime,
        now,
      );
      return true;
    });
  },
});

/**
 * Moves buffered chunks to the active observations, as many as the rules say, and
 * answers which; null without the record. Of `chunks` the weights count instead of
 * the stored ones; of none at all, none is activated.
 */
export const activate = mutation({
  args: {
    id: v.string(),
    key: v.string(),
    activationRatio: v.number(),
    messageTokensThreshold: v.number(),
    currentPendingTokens: v.number(),
    forceMaxActivation: v.boolean(),
    lastObservedAt: v.optional(v.string()),
    chunks: v.optional(v.string()),
  },
  returns: v.union(activationValidator, v.null()),
  handler: async ({ db }, { id, key, chunks: given, ...pressure }) => {
    const row = await memoryWithId(db, id);
    if (row === null) return null;
    return once(db, id, key, async () => {
      const chunks = chunksOf(row, given);
      const now = laterThan(row.updatedAt);
      const summary = await writes.activate(
        db,
        row,
        { ...pressure, chunks },
        now,
      );
      return {
        messageTokensActivated: summary.messageTokensActivated,
        observationTokensActivated: summary.observationTokensActivated,
        activatedMessageIds: summary.activatedMessageIds,
        perChunk: summary.perChunk ?? [],
        suggestedContinuation: summary.suggestedContinuation ?? null,
        currentTask: summary.currentTask ?? null,
      };
    });
  },
});

/** Adds to the buffered reflection; false without the record. */
export const appendReflection = mutation({
  args: {
    id: v.string(),
    key: v.string(),
    reflection: v.string(),
    tokenCount: v.number(),
    inputTokenCount: v.number(),
    reflectedObservationLineCount: v.number(),
  },
  returns: v.boolean(),
  handler: async ({ db }, { id, key, ...added }) => {
    const row = await memoryWithId(db, id);
    if (row === null) return false;
    return once(db, id, key, async () => {
      await writes.appendReflection(db, row, added, laterThan(row.updatedAt));
      return true;
    });
  },
});

const beginning = {
  id: v.string(),
  /** The new generation's id; asked for again, it is found. */
  newId: v.string(),
  tokenCount: v.number(),
};

/** Begins a generation with a reflection; null without the record. */
export const createReflectionGeneration = mutation({
  args: { ...beginning, reflection: v.string() },
  returns: v.union(memoryDocument, v.null()),
  handler: ({ db }, { id, newId, reflection, tokenCount }) =>
    begun(db, id, newId, (row) => {
      const next = { id: newId, observations: reflection, tokenCount };
      return writes.beginGeneration(db, row, next, new Date().toISOString());
    }),
});

/**
 * Begins a generation with the buffered reflection and the active lines that it
 * does not stand for; null without the record.
 *
 * @throws ConvexError `NothingBuffered`.
 */
export const swapBufferedReflectionToActive = mutation({
  args: beginning,
  returns: v.union(memoryDocument, v.null()),
  handler: ({ db }, { id, newId, tokenCount }) =>
    begun(db, id, newId, (row) => {
      const now = laterThan(row.updatedAt);
      return writes.swapReflection(db, row, { id: newId, tokenCount }, now);
    }),
});

/** Sets what is given; false without the record. */
export const setState = mutation({
  args: {
    id: v.string(),
    isObserving: v.optional(v.boolean()),
    isReflecting: v.optional(v.boolean()),
    isBufferingObservation: v.optional(v.boolean()),
    isBufferingReflection: v.optional(v.boolean()),
    lastBufferedAtTokens: v.optional(v.number()),
    pendingMessageTokens: v.optional(v.number()),
  },
  returns: v.boolean(),
  handler: async ({ db }, { id, ...state }) => {
    const row = await memoryWithId(db, id);
    if (row === null) return false;
    await change(db, row, { ...state, updatedAt: laterThan(row.updatedAt) });
    return true;
  },
});

/** Merges settings, JSON text of an object, at every depth; false likewise. */
export const updateConfig = mutation({
  args: { id: v.string(), config: v.string() },
  returns: v.boolean(),
  handler: async ({ db }, request) => {
    const config = json(request, "config");
    if (!isObject(config)) throw invalid("config must be the JSON text of one");
    const row = await memoryWithId(db, request.id);
    if (row === null) return false;
    await writes.mergeConfig(db, row, config, laterThan(row.updatedAt));
    return true;
  },
});

/** Deletes generations of a thread or resource, a part of them in each call. */
export const clear = mutation({
  args: { lookupKey: v.string() },
  returns: v.object({ hasMore: v.boolean() }),
  handler: async ({ db }, { lookupKey }) => {
    const { rows, hasMore } = await writableRows(withReceipts(db, lookupKey));
    for (const { _id } of rows) await db.delete(_id);
    return { hasMore };
  },
});

/** Generations, each after its receipts, which nothing leads to without it. */
async function* withReceipts(db: Reader, lookupKey: string) {
  for await (const row of generations(db, lookupKey)) {
    yield* receiptsOf(db, row.id);
    yield row;
  }
}

async function begun(
  db: Reader,
  id: string,
  newId: string,
  begin: (row: Memory) => Promise<Memory>,
): Promise<Memory | null> {
  const row = await memoryWithId(db, id);
  if (row === null) return null;
  return (await memoryWithId(db, newId)) ?? begin(row);
}

function chunksOf(row: Memory, given: string | undefined): Chunk[] {
  const stored = parseChunks(row.bufferedObservationChunks);
  if (given === undefined) return stored;
  const chunks = parseChunks(given);
  return chunks.length === 0 ? [] : refreshed(stored, chunks);
}
