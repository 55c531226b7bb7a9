/** Observational memory as requests to the storage handler see it. */
import { type Value, getConvexSize } from "convex/values";

import { type Chunk, parseChunks } from "./activation";
import { clearWithDocuments } from "./documents";
import { refusal } from "./errors";
import type { Reader, Writer } from "./model";
import {
  MEMORY,
  type Memory,
  createdWithin,
  generations,
  memoryWithId,
} from "./observationRows";
import {
  activate,
  appendChunk,
  appendReflection,
  mergeConfig,
  replaceActive,
  swapReflection,
} from "./observationWrites";
import { READ_BUDGET_BYTES } from "./paging";
import { RECEIPTS, forget } from "./receipts";
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
import { type Answer, MAX_RECORDS, erase, idsOf, plainTable } from "./rows";
import { ReadBudget } from "./scan";

const table = plainTable(MEMORY);

/** The latest generation of a thread or resource, or null. */
export async function omGetLatest(
  db: Reader,
  request: Request,
): Promise<Answer> {
  for await (const latest of generations(db, text(request, "lookupKey"))) {
    return { result: latest };
  }
  return { result: null };
}

/** Generations created from one time to another, both inclusive, newest first. */
export async function omGetHistory(
  db: Reader,
  request: Request,
): Promise<Answer> {
  const from = nullableText(request, "from");
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
    if (!createdWithin(row, from, to)) continue;
    if (passed++ >= offset) found.push(row);
    if (found.length === limit) break;
  }
  return { result: found };
}

/** See `replaceActive`. */
export async function omUpdateActive(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const row = await memoryOf(db, request);
  // The published client sends null for ids that its caller left out.
  const given = (request.observedMessageIds ?? undefined) !== undefined;
  const observed = {
    observations: text(request, "observations"),
    tokenCount: request.tokenCount,
    lastObservedAt: text(request, "lastObservedAt"),
    observedMessageIds: given
      ? texts(request, "observedMessageIds")
      : undefined,
  };
  await replaceActive(db, row, observed, text(request, "updatedAt"));
  return {};
}

/** See `appendChunk`. */
export async function omAppendBufferedChunk(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const row = await memoryOf(db, request);
  const chunk = object(request, "chunk") as Chunk;
  const time = nullableText(request, "lastBufferedAtTime");
  await appendChunk(db, row, chunk, time, text(request, "updatedAt"));
  return {};
}

/** See `activate`; chunks that are given take the place of the stored ones. */
export async function omSwapBuffered(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const row = await memoryOf(db, request);
  const stored = parseChunks(row.bufferedObservationChunks);
  const given = (request.bufferedChunks ?? undefined) !== undefined;
  const chunks =
    given && stored.length > 0
      ? (objects(request, "bufferedChunks") as Chunk[])
      : stored;
  const activation = {
    chunks,
    activationRatio: number(request, "activationRatio"),
    messageTokensThreshold: number(request, "messageTokensThreshold"),
    currentPendingTokens: number(request, "currentPendingTokens"),
    forceMaxActivation: request.forceMaxActivation === true,
    lastObservedAt: nullableText(request, "lastObservedAt"),
  };
  return { result: await activate(db, row, activation, text(request, "now")) };
}

/** See `appendReflection`. */
export async function omUpdateBufferedReflection(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const row = await memoryOf(db, request);
  const added = {
    reflection: text(request, "reflection"),
    tokenCount: number(request, "tokenCount"),
    inputTokenCount: number(request, "inputTokenCount"),
    reflectedObservationLineCount: number(
      request,
      "reflectedObservationLineCount",
    ),
  };
  await appendReflection(db, row, added, text(request, "updatedAt"));
  return {};
}

/** See `swapReflection`. Answers the new row. */
export async function omSwapBufferedReflection(
  db: Writer,
  request: Request,
): Promise<Answer> {
  // The caller's record names the row and is otherwise older than it.
  const row = await memoryOf(db, object(request, "currentRecord"));
  const begun = {
    id: text(request, "newId"),
    tokenCount: number(request, "tokenCount"),
  };
  return { result: await swapReflection(db, row, begun, text(request, "now")) };
}

/** See `mergeConfig`. */
export async function omUpdateConfig(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const row = await memoryOf(db, request);
  const config = json(request, "config");
  if (!isObject(config)) {
    throw invalid("config must be the JSON text of an object");
  }
  await mergeConfig(db, row, config, text(request, "updatedAt"));
  return {};
}

/** Deletes generations by their ids and, as far as one call can, their receipts. */
export async function deleteMany(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const ids = [...new Set(idsOf(request))];
  const budget = new ReadBudget();
  for (const id of ids) {
    const rows = await table.named(db, id);
    for (const row of rows) budget.spendToWrite(row);
    await erase(db, table, rows);
  }
  // Of what is left, each looks into a range of an index too.
  await forget(db, ids.slice(0, MAX_RECORDS - ids.length), budget);
  return {};
}

/** Deletes all generations and receipts, in parts. */
export const clearTable = (db: Writer, request: Request) =>
  clearWithDocuments(db, table, RECEIPTS, request);
export const dropTable = clearTable;

async function memoryOf(db: Reader, request: Fields): Promise<Memory> {
  const id = text(request, "id");
  const row = await memoryWithId(db, id);
  if (row === null) {
    throw refusal(
      "ObservationalMemoryNotFound",
      `Observational memory record not found: ${id}.`,
    );
  }
  return row;
}
