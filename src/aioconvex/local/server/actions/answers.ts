// What the rest of the deployment answers to what actions ask of it.
import { Readable } from "node:stream";
import type { ActionAnswer, ActionQuestion, StoreFile } from "./messages.ts";
import { failed, type Outcome } from "../engine/outcome.ts";
import type { EngineThread } from "../engine/thread.ts";
import { Failure } from "../failure.ts";
import { type Files, parseDigest } from "../files.ts";
import type { FunctionRunner } from "../functionRunner.ts";
import { HttpError } from "../http/reply.ts";
import { canonicalPath, notFoundText } from "../project/functions.ts";

export interface Deployed {
  writer: EngineThread;
  files: Files;
  runner: FunctionRunner;
}

export async function answerAction(
  { writer, files, runner }: Deployed,
  question: ActionQuestion,
): Promise<ActionAnswer> {
  switch (question.name) {
    case "tables":
      return writer.request("tables", {});
    case "schedule":
      return writer.request("schedule", { operation: question.operation, args: question.args });
    case "storage":
      return writer.request("storage", { operation: question.operation, args: question.args });
    case "storeFile":
      return storeFile(files, question);
    case "readFile":
      return files.read(question.storageId);
    case "vectorSearch":
      return writer.request("vectorSearch", { query: question.query });
    case "runFunction": {
      const { kind, identity, requestId } = question;
      const path = canonicalPath(question.path);
      if (path === null || runner.kindOf(path) === undefined)
        return failed(notFoundText(path ?? question.path, "any"));
      const args = JSON.stringify([question.args]);
      return runner.call({ path, args, identity, requestId, kind, allowInternal: true });
    }
  }
}

async function storeFile(files: Files, { bytes, contentType, sha256 }: StoreFile): Promise<Outcome> {
  try {
    const expected = sha256 === null ? null : parseDigest(sha256);
    const id = await files.store(Readable.from([bytes]), contentType, expected);
    return { ok: true, value: JSON.stringify(id), logLines: [] };
  } catch (error) {
    if (error instanceof HttpError || error instanceof Failure) return failed(error.message);
    throw error;
  }
}
