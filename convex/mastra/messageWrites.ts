/** Writes of messages, and the touch of the threads that they belong to. */
import { checkSize } from "./documentSize";
import { refusal } from "./errors";
import {
  type Message,
  mergedContent,
  messageWithId,
  messagesOf,
} from "./messageLists";
import type { Writer } from "./model";
import { cursorAfter, rowsOf } from "./paging";
import { ReadBudget, writableRows } from "./scan";
import {
  type Thread,
  type ThreadRow,
  insertThread,
  laterThan,
  threadWithId,
} from "./threadRows";

// The last message and its thread may take four more of a function's 16 MiB.
const BYTES_TO_DELETE = 11 * 1024 * 1024;

type MessageRow = Omit<Message, "_id" | "_creationTime">;

/** Stores messages in place of those with their ids, and touches all threads. */
export async function saveMessages(db: Writer, messages: MessageRow[]) {
  const budget = new ReadBudget();
  const threads = new Set<string>();
  for (const message of messages) {
    checkSize(message);
    const row = await messageWithId(db, message.id);
    threads.add(message.thread_id);
    if (row === null) {
      await db.insert("mastra_messages", message);
      continue;
    }
    book(budget, row);
    threads.add(row.thread_id);
    await db.patch(row._id, message);
  }
  await touch(db, threads, budget);
}

type Update = Partial<MessageRow> & { id: string };

/** Changes messages, and answers those that are there as they are now. */
export async function updateMessages(
  db: Writer,
  updates: Update[],
): Promise<Message[]> {
  const budget = new ReadBudget();
  const threads = new Set<string>();
  const changed: Message[] = [];
  for (const { id, content, ...fields } of updates) {
    const row = await messageWithId(db, id);
    if (row === null) continue;
    book(budget, row);
    const merged =
      content === undefined
        ? fields
        : { ...fields, content: mergedContent(row.content, content) };
    const updated = { ...row, ...merged };
    checkSize(updated);
    await db.patch(row._id, merged);
    threads.add(row.thread_id).add(updated.thread_id);
    changed.push(updated);
  }
  await touch(db, threads, budget);
  return changed;
}

/** Deletes messages; the ids that one call could not see to are left. */
export async function removeMessages(
  db: Writer,
  ids: readonly string[],
): Promise<string[]> {
  const budget = new ReadBudget(BYTES_TO_DELETE);
  const threads = new Map<string, Thread | null>();
  let place = 0;
  for (const id of ids) {
    if (budget.isSpent) break;
    place++;
    const row = await messageWithId(db, id);
    if (row === null) continue;
    budget.spendToWrite(row);
    if (!threads.has(row.thread_id)) {
      const thread = await threadWithId(db, row.thread_id);
      if (thread !== null) budget.spendToWrite(thread);
      threads.set(row.thread_id, thread);
    }
    await db.delete(row._id);
  }
  for (const thread of threads.values()) await touched(db, thread);
  return ids.slice(place);
}

interface CopyRequest {
  copies: { id: string; newId: string }[];
  threadId: string;
  resourceId?: string;
  thread?: ThreadRow;
}

/** Copies messages into a thread; a repeated request finds its copies. */
export async function copyMessages(
  db: Writer,
  { copies, threadId, resourceId, thread }: CopyRequest,
): Promise<{ made: string[]; rest: number }> {
  const budget = new ReadBudget();
  const made: string[] = [];
  for (const [place, { id, newId }] of copies.entries()) {
    if (budget.isSpent) return { made, rest: copies.length - place };
    const source = await messageWithId(db, id);
    if (source === null) continue; // It was deleted since it was listed.
    budget.spend(source);
    made.push(newId);
    const copied = await messageWithId(db, newId);
    if (copied !== null) {
      budget.spend(copied);
      continue;
    }
    const { _id, _creationTime, ...columns } = source;
    const owner = resourceId === undefined ? {} : { resourceId };
    const copy = { ...columns, ...owner, id: newId, thread_id: threadId };
    await db.insert("mastra_messages", copy);
  }
  if (thread !== undefined) await insertThread(db, thread);
  return { made, rest: 0 };
}

interface AssignRequest {
  threadId: string;
  resourceId: string;
  cursor?: string;
}

/** Gives a part of a thread's messages, and at last the thread, to a resource. */
export async function assignMessages(
  db: Writer,
  { threadId, resourceId, cursor }: AssignRequest,
) {
  const thread = await threadWithId(db, threadId);
  if (thread === null) {
    throw refusal("ThreadNotFound", `Thread ${threadId} not found.`);
  }
  const order = "asc" as const;
  const list = ["assign", threadId, resourceId];
  const reading = { source: messagesOf(db, threadId), order, list, cursor };
  const { rows, hasMore } = await writableRows(rowsOf(reading));
  const moved = rows.filter((row) => row.resourceId !== resourceId);
  for (const row of moved) await db.patch(row._id, { resourceId });
  const owners = moved.map(({ id, resourceId: owner }) =>
    owner === undefined ? { id } : { id, resourceId: owner },
  );
  const last = rows.at(-1);
  if (hasMore && last !== undefined) {
    return { owners, nextCursor: cursorAfter(last, reading) };
  }
  const updatedAt = laterThan(thread.updatedAt);
  await db.patch(thread._id, { resourceId, updatedAt });
  return { owners };
}

/** Gives threads a later `updatedAt`; those that are not there are no fault. */
async function touch(
  db: Writer,
  threadIds: Iterable<string>,
  budget: ReadBudget,
) {
  for (const threadId of threadIds) {
    const thread = await threadWithId(db, threadId);
    if (thread !== null) book(budget, thread);
    await touched(db, thread);
  }
}

async function touched(db: Writer, thread: Thread | null) {
  if (thread === null) return;
  await db.patch(thread._id, { updatedAt: laterThan(thread.updatedAt) });
}

function book(budget: ReadBudget, document: object) {
  if (budget.spendToWrite(document)) return;
  throw refusal(
    "TooManyBytes",
    "These messages are more than one call may change. Send fewer at once.",
  );
}
