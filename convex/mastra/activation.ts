/** How many buffered observations become active, and what they then amount to. */
import { type Fields, isObject } from "./requests";

/** A part of the observations that were made while a conversation went on. */
export interface Chunk extends Fields {
  observations: string;
  tokenCount: number;
  messageTokens?: number;
  messageIds?: string[];
  cycleId?: string;
  lastObservedAt?: string;
  suggestedContinuation?: string | null;
  currentTask?: string | null;
}

export interface Pressure {
  /** The part of the threshold that shall be free again, from 0 to 1. */
  activationRatio: number;
  messageTokensThreshold: number;
  currentPendingTokens: number;
  forceMaxActivation: boolean;
}

// How far activation may go below what shall remain, as a part of it, and what
// it must leave at least.
const MOST_OVERSHOOT = 0.95;
const LEAST_REMAINING = 1000;

/** Chunks stored as JSON text; anything else is none. */
export function parseChunks(stored: unknown): Chunk[] {
  if (typeof stored !== "string") return [];
  try {
    const chunks: unknown = JSON.parse(stored);
    return Array.isArray(chunks) ? chunks.filter(isObject).map(asChunk) : [];
  } catch {
    return [];
  }
}

/** What is not as it should be would stop every activation. */
function asChunk(stored: Fields): Chunk {
  const { observations, tokenCount } = stored;
  return {
    ...stored,
    observations: typeof observations === "string" ? observations : "",
    tokenCount: typeof tokenCount === "number" ? tokenCount : 0,
  };
}

/**
 * Stored chunks with what a caller says of them, such as newer weights. Of chunks
 * that are not stored any more nothing is left: they became active meanwhile.
 */
export function refreshed(
  stored: readonly Chunk[],
  given: readonly Chunk[],
): Chunk[] {
  const news = new Map(given.map((chunk) => [identityOf(chunk), chunk]));
  return stored.map((chunk) => ({ ...chunk, ...news.get(identityOf(chunk)) }));
}

/**
 * The number of leading chunks to activate: the fewest that reach the target, if
 * that does not free far more than asked; else the most that stay below it.
 */
export function chunksToActivate(
  chunks: readonly Chunk[],
  pressure: Pressure,
): number {
  const { currentPendingTokens: pending } = pressure;
  const floor =
    pressure.messageTokensThreshold * (1 - pressure.activationRatio);
  const target = Math.max(0, pending - floor);
  const leaves = (tokens: number) =>
    pending - tokens >= Math.min(LEAST_REMAINING, floor);
  const over = { count: 0, tokens: 0 };
  const under = { count: 0, tokens: 0 };
  let tokens = 0;
  for (const [i, chunk] of chunks.entries()) {
    tokens += messageTokensOf(chunk);
    if (tokens < target) {
      if (tokens > under.tokens) Object.assign(under, { count: i + 1, tokens });
    } else if (over.count === 0 || tokens < over.tokens) {
      Object.assign(over, { count: i + 1, tokens });
    }
  }
  const fits =
    pressure.forceMaxActivation ||
    over.tokens - target <= MOST_OVERSHOOT * floor;
  if (over.count > 0 && fits && leaves(over.tokens)) return over.count;
  if (under.count > 0 && leaves(under.tokens)) return under.count;
  return over.count || 1;
}

/** What an activation of these chunks answers. */
export function summaryOf(chunks: readonly Chunk[]) {
  const last = chunks.at(-1);
  return {
    chunksActivated: chunks.length,
    messageTokensActivated: sum(chunks, messageTokensOf),
    observationTokensActivated: sum(chunks, ({ tokenCount }) => tokenCount),
    messagesActivated: sum(chunks, messageCountOf),
    activatedCycleIds: chunks.flatMap(({ cycleId }) => cycleId || []),
    activatedMessageIds: chunks.flatMap(({ messageIds }) => messageIds ?? []),
    ...(last && {
      observations: joined(chunks),
      perChunk: chunks.map((chunk) => ({
        cycleId: chunk.cycleId ?? "",
        messageTokens: messageTokensOf(chunk),
        observationTokens: chunk.tokenCount,
        messageCount: messageCountOf(chunk),
        observations: chunk.observations,
      })),
      // Absent rather than null: undefined is not sent.
      suggestedContinuation: last.suggestedContinuation ?? undefined,
      currentTask: last.currentTask ?? undefined,
    }),
  };
}

/** The text of several chunks' observations. */
export function joined(chunks: readonly Chunk[]): string {
  return chunks.map(({ observations }) => observations).join("\n\n");
}

function identityOf({ id, cycleId }: Chunk): unknown {
  return id ?? cycleId;
}

function messageTokensOf({ messageTokens }: Chunk): number {
  return messageTokens ?? 0;
}

function messageCountOf({ messageIds }: Chunk): number {
  return messageIds?.length ?? 0;
}

function sum(
  chunks: readonly Chunk[],
  amount: (chunk: Chunk) => number,
): number {
  return chunks.reduce((total, chunk) => total + amount(chunk), 0);
}
