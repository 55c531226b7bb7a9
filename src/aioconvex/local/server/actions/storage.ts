// Bytes of `ctx.storage` in actions, which cross to the main thread.
import type { ActionAnswer, ActionQuestion, StoredBytes } from "./messages.ts";
import type { Outcome } from "../engine/outcome.ts";

type Ask = (question: ActionQuestion) => Promise<ActionAnswer>;

/** The syscalls that carry blobs; undefined for other operations. */
export function blobSyscall(operation: string, args: unknown, ask: Ask): Promise<unknown> | undefined {
  switch (operation) {
    case "storage/storeBlob":
      return storeBlob(args as { blob: unknown; options?: { sha256?: string } }, ask);
    case "storage/getBlob":
      return getBlob(args as { storageId: string }, ask);
    default:
      return undefined;
  }
}

async function storeBlob(
  { blob, options }: { blob: unknown; options?: { sha256?: string } },
  ask: Ask,
): Promise<string> {
  if (!(blob instanceof Blob)) {
    throw new Error("store() expects a Blob; of a Request or Response, `await request.blob()` is one.");
  }
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const contentType = blob.type === "" ? null : blob.type;
  const answer = await ask({ name: "storeFile", bytes, contentType, sha256: options?.sha256 ?? null });
  const outcome = answer as Outcome;
  if (!outcome.ok) throw new Error(outcome.error.message);
  return JSON.parse(outcome.value) as string;
}

async function getBlob({ storageId }: { storageId: string }, ask: Ask): Promise<Blob | null> {
  const found = (await ask({ name: "readFile", storageId })) as StoredBytes | null;
  return found && new Blob([found.bytes], { type: found.contentType ?? "" });
}
