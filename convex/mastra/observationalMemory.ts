/**
 * Observational memory: what was observed of a conversation, in generations that
 * reflections begin, as requests see it.
 */
import { type Value, getConvexSize } from "convex/values";

import {
  type Chunk,
  chunksToActivate,
  joined,
  parseChunks,
  summaryOf,
} from "./activation";
import { checkSize } from "./documentSize";
import { refusal } from "./errors";
import type { Doc, Reader, Writer } from "./model";
import { READ_BUDGET_BYTES } from "./paging";
import {
  type Fields,
  type Request,
  invalid,
  isObject,
  json,
  number,
  object,
  objects,
  optionalCount,
  nullableText,
  text,
  texts,
} from "./requests";
import type { Answer } from "./rows";

const MEMORY = "mastra_observational_memory";

type Memory = Doc<typeof MEMORY>;

/** The latest generation of a thread or resource, or null. */
export async function omGetLatest(
  db: Reader,
  request: Request,
): Promise<Answer> {
  const [latest] = await generations(db, text(request, "lookupKey")).take(1);
  return { result: latest ?? null };
}

/** Generations created from one time to another, both inclusive, newest first. */
export async function omGetHistory(
  db: Reader,
  request: Request,
): Promise<Answer> {
  const from = nullableText(request, "from") ?? "";
  const to = nullableText(request, "to");
  const offset = optionalCount(request, "offset", 0) ?? 0;
  const limit = optionalCount(request, "limit", 0) ?? Infinity;
  const found: Memory[] = [];
  let passed = 0;
  let bytes = 0;
  if (limit === 0) return { result: [] };
  for await (const row of generations(db, text(request, "lookupKey"))) {
    bytes += getConvexSize(row as unknown as Value);
    if (bytes > READ_BUDGET_BYTES) {
      throw refusal(
        "TooManyBytes",
        `The last ${found.length} generations are all that one request can ` +
          "read. Ask for fewer.",
      );
    }
    if (row.createdAt < from || (to !== undefined && row.createdAt > to)) {
      continue;
    }
    if (passed++ >= offset) found.push(row);
    if (found.length === limit) break;
  }
  return { result: found };
}

/** Replaces the active observations, and adds their tokens to the total. */
export async function omUpdateActive(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const row = await memoryOf(db, text(request, "id"));
  const { tokenCount } = request;
  const tokens =
    typeof tokenCount === "number" && tokenCount >= 0 && tokenCount < Infinity
      ? tokenCount
      : 0;
  // The published client sends null for ids that its caller left out.
  const observed = request.observedMessageIds ?? undefined;
  await change(db, row, {
    activeObservations: text(request, "observations"),
    lastObservedAt: text(request, "lastObservedAt"),
    pendingMessageTokens: 0,
    observationTokenCount: tokens,
    totalTokensObserved: row.totalTokensObserved + tokens,
    observedMessageIds:
      observed === undefined
        ? (row.observedMessageIds ?? null)
        : texts(request, "observedMessageIds"),
    updatedAt: text(request, "updatedAt"),
  });
  return {};
}

/** Buffers a chunk of observations, once: a cycle that is buffered is not again. */
export async function omAppendBufferedChunk(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const row = await memoryOf(db, text(request, "id"));
  const chunk = object(request, "chunk") as Chunk;
  const chunks = parseChunks(row.bufferedObservationChunks);
  const { cycleId } = chunk;
  if (cycleId && chunks.some((buffered) => buffered.cycleId === cycleId)) {
    return {};
  }
  await change(db, row, {
    bufferedObservationChunks: JSON.stringify([...chunks, chunk]),
    lastBufferedAtTime:
      nullableText(request, "lastBufferedAtTime") ||
      (row.lastBufferedAtTime ?? null),
    updatedAt: text(request, "updatedAt"),
  });
  return {};
}

/** Moves buffered observations to the active ones, as many as the rules say. */
export async function omSwapBuffered(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const row = await memoryOf(db, text(request, "id"));
  const now = text(request, "now");
  const stored = parseChunks(row.bufferedObservationChunks);
  const given = request.bufferedChunks ?? undefined;
  const chunks =
    given === undefined
      ? stored
      : (objects(request, "bufferedChunks") as Chunk[]);
  if (stored.length === 0 || chunks.length === 0) {
    return { result: summaryOf([]) };
  }
  const count = chunksToActivate(chunks, {
    activationRatio: number(request, "activationRatio"),
    messageTokensThreshold: number(request, "messageTokensThreshold"),
    currentPendingTokens: number(request, "currentPendingTokens"),
    forceMaxActivation: request.forceMaxActivation === true,
  });
  const activated = chunks.slice(0, count);
  const remaining = chunks.slice(count);
  const summary = summaryOf(activated);
  const lastObservedAt =
    nullableText(request, "lastObservedAt") ??
    activated.at(-1)?.lastObservedAt ??
    now;
  await change(db, row, {
    activeObservations: continued(row, activated, lastObservedAt),
    observationTokenCount:
      row.observationTokenCount + summary.observationTokensActivated,
    pendingMessageTokens: Math.max(
      0,
      row.pendingMessageTokens - summary.messageTokensActivated,
    ),
    bufferedObservationChunks:
      remaining.length > 0 ? JSON.stringify(remaining) : null,
    lastObservedAt,
    updatedAt: now,
  });
  return { result: summary };
}

/** Adds to the buffered reflection, and says how many lines it stands for. */
export async function omUpdateBufferedReflection(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const row = await memoryOf(db, text(request, "id"));
  const reflection = text(request, "reflection");
  await change(db, row, {
    bufferedReflection: row.bufferedReflection
      ? `${row.bufferedReflection}\n\n${reflection}`
      : reflection,
    bufferedReflectionTokens:
      (row.bufferedReflectionTokens ?? 0) + number(request, "tokenCount"),
    bufferedReflectionInputTokens:
      (row.bufferedReflectionInputTokens ?? 0) +
      number(request, "inputTokenCount"),
    reflectedObservationLineCount: number(
      request,
      "reflectedObservationLineCount",
    ),
    updatedAt: text(request, "updatedAt"),
  });
  return {};
}

/**
 * Begins a generation with the buffered reflection and the active lines that it
 * does not stand for. Answers the new row.
 *
 * @throws ConvexError `NothingBuffered`.
 */
export async function omSwapBufferedReflection(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const current = object(request, "currentRecord");
  // The caller's record names the row and is otherwise older than it.
  const row = await memoryOf(db, text(current, "id"));
  const now = text(request, "now");
  if (!row.bufferedReflection) {
    throw refusal("NothingBuffered", "No buffered reflection to swap.");
  }
  const { _id, _creationTime, ...stored } = row;
  const next = {
    ...stored,
    ...WITHOUT_BUFFERS,
    id: text(request, "newId"),
    activeObservations: withoutReflected(row, row.bufferedReflection),
    activeObservationsPendingUpdate: null,
    originType: "reflection",
    generationCount: row.generationCount + 1,
    lastReflectionAt: now,
    pendingMessageTokens: 0,
    observationTokenCount: number(request, "tokenCount"),
    isObserving: false,
    isReflecting: false,
    isBufferingObservation: false,
    isBufferingReflection: false,
    lastBufferedAtTokens: 0,
    lastBufferedAtTime: null,
    createdAt: now,
    updatedAt: now,
  };
  checkSize(next);
  const inserted = await db.insert(MEMORY, next);
  await change(db, row, { ...NO_REFLECTION, updatedAt: now });
  return { result: await db.get(inserted) };
}

/** Merges settings into the stored ones, at every depth. */
export async function omUpdateConfig(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const row = await memoryOf(db, text(request, "id"));
  const config = json(request, "config");
  if (!isObject(config)) {
    throw invalid("config must be the JSON text of an object");
  }
  const stored = parseConfig(row.config);
  await change(db, row, {
    config: JSON.stringify(deeplyMerged(stored, config)),
    updatedAt: text(request, "updatedAt"),
  });
  return {};
}

const NO_REFLECTION = {
  bufferedReflection: null,
  bufferedReflectionTokens: null,
  bufferedReflectionInputTokens: null,
  reflectedObservationLineCount: null,
};

const WITHOUT_BUFFERS = {
  ...NO_REFLECTION,
  observedMessageIds: null,
  bufferedObservations: null,
  bufferedObservationTokens: null,
  bufferedMessageIds: null,
  bufferedObservationChunks: null,
};

function generations(db: Reader, lookupKey: string) {
  return db
    .query(MEMORY)
    .withIndex("by_lookup_key", (q) => q.eq("lookupKey", lookupKey))
    .order("desc");
}

async function memoryOf(db: Reader, id: string): Promise<Memory> {
  const row = await db
    .query(MEMORY)
    .withIndex("by_record_id", (q) => q.eq("id", id))
    .first();
  if (row === null) {
    throw refusal(
      "ObservationalMemoryNotFound",
      `Observational memory record not found: ${id}.`,
    );
  }
  return row;
}

async function change(db: Writer, row: Memory, changes: Partial<Memory>) {
  checkSize({ ...row, ...changes });
  await db.patch(row._id, changes);
}

function continued(row: Memory, activated: Chunk[], lastObservedAt: string) {
  const added = joined(activated);
  return row.activeObservations === ""
    ? added
    : `${row.activeObservations}\n\n--- message boundary (${lastObservedAt}) ---\n\n${added}`;
}

function withoutReflected(row: Memory, reflection: string): string {
  const rest = row.activeObservations
    .split("\n")
    .slice(row.reflectedObservationLineCount ?? 0)
    .join("\n")
    .trim();
  return rest === "" ? reflection : `${reflection}\n\n${rest}`;
}

function parseConfig(stored: string): Fields {
  try {
    const config: unknown = JSON.parse(stored);
    return isObject(config) ? config : {};
  } catch {
    return {};
  }
}

function deeplyMerged(stored: Fields, changes: Fields): Fields {
  const merged = new Map(Object.entries(stored));
  for (const [name, value] of Object.entries(changes)) {
    const old = merged.get(name);
    merged.set(
      name,
      isObject(old) && isObject(value) ? deeplyMerged(old, value) : value,
    );
  }
  // Unlike assignment, this makes an own field of `__proto__` too.
  return Object.fromEntries(merged);
}
