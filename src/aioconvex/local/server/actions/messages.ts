// Between the main thread and the action worker, in both directions.
import type { Readable } from "node:stream";
import type { ScheduleRequest } from "../engine/jobs.ts";
import type { FunctionCall } from "../engine/execute.ts";
import type { Urls, VectorQuery } from "../engine/messages.ts";
import type { Outcome } from "../engine/outcome.ts";
import type { FailureReport } from "../failure.ts";
import type { FunctionInfo, FunctionKind, Runtime } from "../project/functions.ts";
import type { Bundle } from "../project/program.ts";
import type { Json, JsonObject } from "../values/json.ts";

/** One version of the code, with all that its functions depend on. */
export interface Version {
  bundle: Bundle;
  environment: Record<string, string>;
  urls: Urls;
}
export interface ActionData extends Version {
  clock: SharedArrayBuffer;
  runtime: Runtime;
  /** The functions of the other runtime, as far as they are known. */
  elsewhere: FunctionInfo[];
}

export type ActionRequest = { name: "run"; call: FunctionCall } | ({ name: "http" } & HttpActionRequest);
export type ActionResult = Outcome | HttpActionOutcome;

/** Who sent a request to an HTTP action. */
export interface HttpIdentity {
  identity: JsonObject | null;
  /** Why the token was refused, for functions that ask for the user. */
  identityError: string | null;
}
export interface HttpActionRequest extends HttpIdentity {
  method: string;
  url: string;
  headers: [string, string][];
  body: ReadableStream<Uint8Array> | null;
  requestId: string;
}
export interface HttpActionResponse {
  status: number;
  headers: [string, string][];
  body: ReadableStream<Uint8Array> | null;
}
/** The response as the main thread passes it on. */
export interface HttpActionReply extends Omit<HttpActionResponse, "body"> {
  body: Readable | null;
}
/** `unrouted` says why no function is there to answer. */
export type HttpActionOutcome = HttpActionResponse | { unrouted: string };

/** What an action asks of the rest of the deployment. */
export type ActionQuestion =
  | {
      name: "runFunction";
      kind: FunctionKind;
      path: string;
      args: Json;
      identity: JsonObject | null;
      requestId: string;
    }
  | { name: "vectorSearch"; query: VectorQuery }
  /** A storage syscall that concerns the database only. */
  | { name: "storage"; operation: string; args: { storageId: string } }
  | { name: "schedule"; operation: string; args: ScheduleRequest & { id: string } }
  | StoreFile
  | { name: "readFile"; storageId: string }
  | { name: "tables" };
export interface StoreFile {
  name: "storeFile";
  bytes: Uint8Array<ArrayBuffer>;
  contentType: string | null;
  /** The digest the bytes must have, in hexadecimal or base64; null for any. */
  sha256: string | null;
}
export interface StoredBytes {
  bytes: Uint8Array<ArrayBuffer>;
  contentType: string | null;
}
export type ActionAnswer = Outcome | Record<string, number> | StoredBytes | null;

export type ToActionWorker =
  | ({ job: number } & ActionRequest)
  | { question: number; answer: ActionAnswer }
  | { question: number; failure: FailureReport };
export type FromActionWorker =
  /** The worker's first words. */
  | { loaded: FunctionInfo[] }
  | { notLoaded: FailureReport }
  | { job: number; result: ActionResult }
  | { job: number; failure: FailureReport }
  | { question: number; ask: ActionQuestion }
  /** What an HTTP action has logged. */
  | { path: string; logLines: string[] };
