/** Lists of messages: what they hold, which messages pass, and what surrounds one. */
import { v } from "convex/values";

import { refusal } from "./errors";
import { rowWithId } from "./lookup";
import { merged } from "./merging";
import { metadataOf, parseMetadata } from "./metadata";
import { type Doc, type Reader, documentOf } from "./model";
import {
  type Order,
  type Period,
  type Source,
  orderValidator,
  rowsBeside,
} from "./paging";
import { type Fields, isObject } from "./requests";
import { MAX_ROWS_SCANNED, ReadBudget, counting, scan, scanArgs } from "./scan";

export type Message = Doc<"mastra_messages">;

export const messageDocument = documentOf("mastra_messages");

// Of each thread's list the next row is held while they are merged.
const MAX_THREADS = 100;

/** What {@link scanMessages} takes: threads or a resource, and what restricts them. */
export const listArgs = {
  threadIds: v.optional(v.array(v.string())),
  resourceId: v.optional(v.string()),
  start: v.optional(v.string()),
  startExclusive: v.optional(v.boolean()),
  end: v.optional(v.string()),
  endExclusive: v.optional(v.boolean()),
  /** JSON text of an object of plain values. */
  metadata: v.optional(v.string()),
  order: v.optional(orderValidator),
  ...scanArgs,
  counting,
};

export interface ListRequest extends Period {
  threadIds?: string[];
  resourceId?: string;
  metadata?: string;
  order?: Order;
  skip?: number;
  take?: number;
  cursor?: string;
  counting?: boolean;
}

/** A window of the messages of threads, or of a resource, by `createdAt`. */
export function scanMessages(db: Reader, request: ListRequest) {
  const { threadIds, resourceId, metadata, order = "asc" } = request;
  const { start, startExclusive, end, endExclusive } = request;
  const { skip, take, cursor, counting } = request;
  const budget = new ReadBudget();
  const wanted = metadata === undefined ? {} : metadataOf(metadata);
  return scan({
    source: sourceOf(db, request, budget),
    order,
    period: { start, startExclusive, end, endExclusive },
    stable: true,
    list: ["messages", threadIds ?? null, resourceId ?? null, wanted],
    cursor,
    skip,
    take,
    counting,
    budget,
    accepts: (row) =>
      belongs(row, resourceId) && carries(row.content, Object.entries(wanted)),
  });
}

/** A thread's messages by `createdAt`. */
export function messagesOf(db: Reader, threadId: string): Source<Message> {
  return (slice, order) =>
    db
      .query("mastra_messages")
      .withIndex("by_thread_created", (q) => slice(q.eq("thread_id", threadId)))
      .order(order);
}

/** The message with this id, or null. */
export function messageWithId(db: Reader, id: string): Promise<Message | null> {
  return rowWithId(db, "mastra_messages", id);
}

function sourceOf(
  db: Reader,
  { threadIds, resourceId }: ListRequest,
  budget: ReadBudget,
): Source<Message> {
  if (threadIds !== undefined) {
    const distinct = [...new Set(threadIds)];
    if (distinct.length < 1 || distinct.length > MAX_THREADS) {
      throw refusal(
        "InvalidRequest",
        `Messages are listed of 1 to ${MAX_THREADS} threads, not of ${distinct.length}.`,
      );
    }
    return merged(
      distinct.map((threadId) => messagesOf(db, threadId)),
      budget,
    );
  }
  if (resourceId === undefined) {
    throw refusal("InvalidRequest", "Name threads or a resource.");
  }
  return (slice, order) =>
    db
      .query("mastra_messages")
      .withIndex("by_resource_created", (q) =>
        slice(q.eq("resourceId", resourceId)),
      )
      .order(order);
}

function belongs(row: Message, resourceId: string | undefined): boolean {
  return resourceId === undefined || row.resourceId === resourceId;
}

function carries(content: string, wanted: [string, unknown][]): boolean {
  if (wanted.length === 0) return true;
  const { metadata } = parseMetadata(content);
  return (
    isObject(metadata) &&
    wanted.every(
      ([key, value]) => Object.hasOwn(metadata, key) && metadata[key] === value,
    )
  );
}

/** A message, and how many others of its thread are wanted on either side of it. */
export const targetValidator = v.object({
  id: v.string(),
  previous: v.number(),
  next: v.number(),
  /** Leaves out the message itself: what is left of an earlier request. */
  alone: v.optional(v.boolean()),
});

export interface Target {
  id: string;
  previous: number;
  next: number;
  alone?: boolean;
}

/**
 * Messages and their neighbours in their threads, of one resource if given, each
 * once. `rest` is what one call could not read: ask for it next.
 */
export async function surroundings(
  db: Reader,
  targets: readonly Target[],
  resourceId: string | undefined,
): Promise<{ items: Message[]; rest: Target[] }> {
  const budget = new ReadBudget();
  const found = new Map<string, Message>();
  const rest: Target[] = [];
  for (const target of targets) {
    if (budget.isSpent) {
      rest.push(target);
      continue;
    }
    const row = await messageWithId(db, target.id);
    if (row === null) continue;
    budget.spend(row);
    // What is left of an earlier request may begin at another resource's message.
    if (!target.alone) {
      if (!belongs(row, resourceId)) continue;
      found.set(row._id, row);
    }
    for (const side of ["previous", "next"] as const) {
      const beside = { row, side, wanted: target[side], resourceId };
      const left = await collect(db, beside, found, budget);
      if (left !== null) rest.push(left);
    }
  }
  return { items: [...found.values()], rest };
}

interface Beside {
  row: Message;
  side: "previous" | "next";
  wanted: number;
  resourceId: string | undefined;
}

async function collect(
  db: Reader,
  { row, side, wanted, resourceId }: Beside,
  found: Map<string, Message>,
  budget: ReadBudget,
): Promise<Target | null> {
  let left = wanted;
  if (left < 1) return null;
  let last = row;
  let read = 0;
  const leftover = () => {
    const none = { id: last.id, previous: 0, next: 0, alone: true };
    return { ...none, [side]: left };
  };
  if (budget.isSpent) return leftover();
  const order = side === "previous" ? "desc" : "asc";
  for await (const other of rowsBeside(
    row,
    messagesOf(db, row.thread_id),
    order,
  )) {
    if (read++ === MAX_ROWS_SCANNED || !budget.spend(other)) return leftover();
    last = other;
    if (!belongs(other, resourceId)) continue;
    found.set(other._id, other);
    if (--left === 0) break;
  }
  return null;
}

/** The messages with these ids; `rest` are the ids that one call could not read. */
export async function messagesWithIds(db: Reader, ids: readonly string[]) {
  const budget = new ReadBudget();
  const items: Message[] = [];
  for (const [place, id] of ids.entries()) {
    if (budget.isSpent) return { items, rest: ids.slice(place) };
    const row = await messageWithId(db, id);
    if (row === null) continue;
    budget.spend(row);
    items.push(row);
  }
  return { items, rest: [] };
}

/** Content with other content laid over it, one level deep and two in `metadata`. */
export function mergedContent(stored: string, given: string): string {
  const old = parsed(stored);
  const fresh = parsed(given);
  if (!isObject(old) || !isObject(fresh)) return given;
  const both = isObject(old.metadata) && isObject(fresh.metadata);
  const metadata: Fields = both
    ? {
        metadata: {
          ...(old.metadata as Fields),
          ...(fresh.metadata as Fields),
        },
      }
    : {};
  return JSON.stringify({ ...old, ...fresh, ...metadata });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // Early rows may hold plain text.
  }
}
