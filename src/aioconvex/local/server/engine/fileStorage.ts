// `ctx.storage`, as far as it reads and writes the database; bytes come and go through the main thread.
import type { Urls } from "./messages.ts";
import { Transaction } from "./transaction.ts";
import type { UploadTickets } from "./uploads.ts";
import { Failure } from "../failure.ts";
import type { FileInfo } from "../files.ts";
import { type FileFolder, isFileName } from "../storage/fileFolder.ts";
import { findFile } from "../storage/fileRows.ts";
import { SYSTEM_TABLES } from "../storage/catalog.ts";
import type { Store } from "../storage/store.ts";
import { SystemTable } from "../storage/systemTable.ts";
import { decodeId } from "../values/ids.ts";
import type { JsonObject } from "../values/json.ts";

export interface FileContext {
  files: FileFolder;
  tickets: UploadTickets;
  urls: () => Urls;
}

/** `ctx.storage` of an action, in a transaction of its own where it writes. */
export function actionFileSyscall(
  context: FileContext,
  store: Store,
  operation: string,
  args: { storageId: string },
): string {
  const now = Date.now();
  const run = (ts: bigint, writer: Store | null) =>
    fileSyscall(context, new Transaction({ view: store, store: writer, ts, now }), operation, args)!;
  const writes = operation === "1.0/storageDelete";
  return writes ? store.transact((ts) => run(ts, store)) : run(store.lastTs, null);
}

/** Records a file whose bytes are on disk; returns its id. */
export function addFile(
  store: Store,
  files: FileFolder,
  { uuid, sha256, size, contentType }: FileInfo,
): string {
  if (!files.has(uuid)) throw new Failure("FileRemoved", "All files were removed while this one was stored.");
  return store.transact(() => {
    const fields = { sha256, size, ...(contentType === null ? {} : { contentType }) };
    const id = new SystemTable(store, "_storage").insert(fields, Date.now());
    store.files.add(uuid, id);
    return id;
  });
}

export function fileInfo(store: Store, name: string): FileInfo | null {
  const found = findFile(store, name);
  if (found === undefined) return null;
  const document = new SystemTable(store, "_storage").get(found.id)!;
  const { sha256, size, contentType = null } = document as unknown as Omit<FileInfo, "uuid">;
  return { uuid: found.uuid, sha256, size, contentType };
}

/** The result's JSON; undefined for operations that are not of file storage. */
export function fileSyscall(
  { files, tickets, urls }: FileContext,
  transaction: Transaction,
  operation: string,
  args: { storageId: string },
): string | undefined {
  switch (operation) {
    case "1.0/storageGenerateUploadUrl":
      return JSON.stringify(`${urls().cloud}/api/storage/upload?token=${tickets.issue(transaction.now)}`);
    case "1.0/storageGetUrl": {
      const uuid = locate(transaction, args.storageId, "getUrl")?.uuid;
      return JSON.stringify(uuid === undefined ? null : `${urls().cloud}/api/storage/${uuid}`);
    }
    case "1.0/storageGetMetadata":
      return JSON.stringify(metadata(transaction, args.storageId));
    case "1.0/storageDelete":
      remove(files, transaction, args.storageId);
      return "null";
    default:
      return undefined;
  }
}

function metadata(transaction: Transaction, storageId: string): JsonObject | null {
  const found = locate(transaction, storageId, "getMetadata");
  if (found === undefined) return null;
  const document = JSON.parse(transaction.get({ id: found.id }, true)) as JsonObject;
  const { sha256, size, contentType = null } = document;
  return { storageId: found.uuid, sha256: sha256!, size: size!, contentType };
}

function remove(files: FileFolder, transaction: Transaction, storageId: string): void {
  const found = locate(transaction, storageId, "delete");
  if (found === undefined) throw new Error(`storage id ${storageId} not found`);
  transaction.removeFile(found, () => files.remove(found.uuid));
}

/** By the document's id or, as older code has it, by the UUID itself. */
function locate(
  transaction: Transaction,
  storageId: string,
  method: string,
): { uuid: string; id: string } | undefined {
  if (!isFileName(storageId) && decodeId(storageId)?.table !== SYSTEM_TABLES["_storage"]) {
    throw new Error(
      `Invalid argument \`storageId\` for \`storage.${method}\`: ${JSON.stringify(storageId)} is no id of a file.`,
    );
  }
  transaction.usage.readRange();
  const found = findFile(transaction.view, storageId);
  // Writes are known by the ids of documents.
  transaction.reads?.points.add(found?.id ?? storageId);
  return found;
}
