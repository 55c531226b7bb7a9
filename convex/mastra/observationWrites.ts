/**
 * What happens to observational memory: observations replace others, are buffered
 * and move to the active ones, and reflections begin generations.
 */
import {
  type Chunk,
  type Pressure,
  chunksToActivate,
  joined,
  parseChunks,
  summaryOf,
} from "./activation";
import { checkSize } from "./documentSize";
import { refusal } from "./errors";
import type { Writer } from "./model";
import { MEMORY, type Memory, change } from "./observationRows";
import { type Fields, isObject } from "./requests";

export interface Observed {
  observations: string;
  /** What counts as none is counted as 0. */
  tokenCount: unknown;
  lastObservedAt: string;
  /** Which messages; those that are stored stay if it is absent. */
  observedMessageIds?: string[] | undefined;
}

export interface Reflection {
  reflection: string;
  tokenCount: number;
  inputTokenCount: number;
  reflectedObservationLineCount: number;
}

export interface Activation extends Pressure {
  /** The chunks to choose from. */
  chunks: Chunk[];
  lastObservedAt?: string | undefined;
}

/** Replaces the active observations, and adds their tokens to the total. */
export async function replaceActive(
  db: Writer,
  row: Memory,
  { tokenCount, ...observed }: Observed,
  now: string,
) {
  const tokens =
    typeof tokenCount === "number" && tokenCount >= 0 && tokenCount < Infinity
      ? tokenCount
      : 0;
  await change(db, row, {
    activeObservations: observed.observations,
    lastObservedAt: observed.lastObservedAt,
    pendingMessageTokens: 0,
    observationTokenCount: tokens,
    totalTokensObserved: row.totalTokensObserved + tokens,
    observedMessageIds:
      observed.observedMessageIds ?? row.observedMessageIds ?? null,
    updatedAt: now,
  });
}

/** Buffers a chunk of observations, once: a cycle that is buffered is not again. */
export async function appendChunk(
  db: Writer,
  row: Memory,
  chunk: Chunk,
  lastBufferedAtTime: string | undefined,
  now: string,
) {
  const chunks = parseChunks(row.bufferedObservationChunks);
  const { cycleId } = chunk;
  if (cycleId && chunks.some((buffered) => buffered.cycleId === cycleId)) {
    return;
  }
  await change(db, row, {
    bufferedObservationChunks: JSON.stringify([...chunks, chunk]),
    lastBufferedAtTime: lastBufferedAtTime || (row.lastBufferedAtTime ?? null),
    updatedAt: now,
  });
}

/** Moves buffered observations to the active ones, as many as the rules say. */
export async function activate(
  db: Writer,
  row: Memory,
  { chunks, lastObservedAt, ...pressure }: Activation,
  now: string,
) {
  if (chunks.length === 0) return summaryOf([]);
  const count = chunksToActivate(chunks, pressure);
  const activated = chunks.slice(0, count);
  const remaining = chunks.slice(count);
  const summary = summaryOf(activated);
  const observedAt = lastObservedAt ?? activated.at(-1)?.lastObservedAt ?? now;
  await change(db, row, {
    activeObservations: continued(row, activated, observedAt),
    observationTokenCount:
      row.observationTokenCount + summary.observationTokensActivated,
    pendingMessageTokens: Math.max(
      0,
      row.pendingMessageTokens - summary.messageTokensActivated,
    ),
    bufferedObservationChunks:
      remaining.length > 0 ? JSON.stringify(remaining) : null,
    lastObservedAt: observedAt,
    updatedAt: now,
  });
  return summary;
}

/** Adds to the buffered reflection, and says how many lines it stands for. */
export async function appendReflection(
  db: Writer,
  row: Memory,
  added: Reflection,
  now: string,
) {
  await change(db, row, {
    bufferedReflection: row.bufferedReflection
      ? `${row.bufferedReflection}\n\n${added.reflection}`
      : added.reflection,
    bufferedReflectionTokens:
      (row.bufferedReflectionTokens ?? 0) + added.tokenCount,
    bufferedReflectionInputTokens:
      (row.bufferedReflectionInputTokens ?? 0) + added.inputTokenCount,
    reflectedObservationLineCount: added.reflectedObservationLineCount,
    updatedAt: now,
  });
}

/** Begins a generation whose observations are a reflection on the row's. */
export async function beginGeneration(
  db: Writer,
  row: Memory,
  begun: { id: string; observations: string; tokenCount: number },
  now: string,
): Promise<Memory> {
  const { _id, _creationTime, ...stored } = row;
  const next = {
    ...stored,
    ...WITHOUT_BUFFERS,
    id: begun.id,
    activeObservations: begun.observations,
    activeObservationsPendingUpdate: null,
    originType: "reflection",
    generationCount: row.generationCount + 1,
    lastReflectionAt: now,
    pendingMessageTokens: 0,
    observationTokenCount: begun.tokenCount,
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
  return (await db.get(await db.insert(MEMORY, next)))!;
}

/**
 * Begins a generation with the buffered reflection and the active lines that it
 * does not stand for.
 *
 * @throws ConvexError `NothingBuffered`.
 */
export async function swapReflection(
  db: Writer,
  row: Memory,
  begun: { id: string; tokenCount: number },
  now: string,
): Promise<Memory> {
  if (!row.bufferedReflection) {
    throw refusal("NothingBuffered", "No buffered reflection to swap.");
  }
  const observations = withoutReflected(row, row.bufferedReflection);
  const next = await beginGeneration(db, row, { ...begun, observations }, now);
  await change(db, row, { ...NO_REFLECTION, updatedAt: now });
  return next;
}

/** Merges settings into the stored ones, at every depth. */
export async function mergeConfig(
  db: Writer,
  row: Memory,
  config: Fields,
  now: string,
) {
  await change(db, row, {
    config: JSON.stringify(deeplyMerged(parseConfig(row.config), config)),
    updatedAt: now,
  });
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
